import { expect, test } from 'vitest'
import { createControllerMetrics } from '../../../services/controller/controller-metrics.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'
import type { Status } from '../../../services/shared/wire/status.ts'
import {
  drainingServer,
  realServer,
  service,
  sickServer,
  status,
} from '../../acceptance/lvsctl-data.ts'

async function setUp(look: { leads: boolean; status: Status }) {
  const metrics = createMetrics()
  const figures = createControllerMetrics(metrics)
  const stop = figures.show(() => ({ leads: look.leads, status: () => look.status }))
  return { figures, stop, text: async () => (await metrics.render()).text }
}

test('the leader shows weights, verdicts and connections by service and server', async () => {
  const web = service({ realServers: [realServer(), sickServer, drainingServer] })
  const { text } = await setUp({ leads: true, status: status({ services: [web] }) })
  const shown = await text()
  expect(shown).toContain('lvs_warden_controller_leads 1')
  expect(shown).toContain('lvs_warden_generation 12')
  expect(shown).toContain('lvs_warden_director_current{director="lvs1"} 1')
  expect(shown).toContain('lvs_warden_virtual_service_weight{service="web"} 100')
  expect(shown).toMatch(/lvs_warden_virtual_service_configured_weight\{service="web"\} [1-9]/)
  expect(shown).toContain('lvs_warden_real_server_up{service="web",server="web1"} 1')
  expect(shown).toContain('lvs_warden_real_server_up{service="web",server="web2"} 0')
  expect(shown).toContain('lvs_warden_real_server_weight{service="web",server="web2"} 0')
  expect(shown).toContain('lvs_warden_real_server_out_by_operator{service="web",server="web3"} 1')
  expect(shown).toContain(
    'lvs_warden_real_server_connections{service="web",server="web1",state="active"} 12',
  )
})

test('a standby shows that it is one and nothing else, so that sums are right', async () => {
  const look = { leads: true, status: status({ services: [service()] }) }
  const { text } = await setUp(look)
  await text()
  look.leads = false
  const shown = await text()
  expect(shown).toContain('lvs_warden_controller_leads 0')
  expect(shown.match(/^lvs_warden_(?!controller_)\S+ .*$/gm)).toBeNull()
})

test('what left the cluster file is not shown any more', async () => {
  const look = { leads: true, status: status({ services: [service()] }) }
  const { text } = await setUp(look)
  expect(await text()).toContain('server="web1"')
  look.status = status({ services: [] })
  expect(await text()).not.toContain('server="web1"')
})

test('observations are counted', async () => {
  const { figures, text } = await setUp({ leads: true, status: status() })
  figures.observed(3)
  figures.observed(4)
  expect(await text()).toContain('lvs_warden_controller_observations_total 7')
})
