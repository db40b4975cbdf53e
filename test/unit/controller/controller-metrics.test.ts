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

test('addresses of the tables are joined with names', async () => {
  const web = service({ realServers: [realServer()] })
  const { text } = await setUp({ leads: true, status: status({ services: [web] }) })
  const { name, address, port } = realServer()
  expect(await text()).toContain(
    `lvs_warden_real_server_info{service="web",server="${name}",virtual_service="${web.address}",real_server="${address}:${port}"} 1`,
  )
})

test('how late a director is, and who looks from where how well', async () => {
  const at = '2026-03-01T12:00:10.000Z'
  const [director] = status().directors
  if (director === undefined) throw new Error('no director')
  const late = { ...director, generation: 9, reportedAt: '2026-03-01T12:00:07.500Z' }
  const prober = { name: 'p1', vantage: 'here', tags: [], checks: 7, lagMs: 20 }
  const vantage = { name: 'here', probers: 1, counts: true, checks: 7, failing: 2 }
  const look = {
    at,
    directors: [late],
    probers: [
      { ...prober, alive: true },
      { name: 'p2', vantage: 'there', tags: [], alive: false },
    ],
    vantages: [vantage],
  }
  const { text } = await setUp({ leads: true, status: status(look) })
  const shown = await text()
  expect(shown).toContain('lvs_warden_director_generations_behind{director="lvs1"} 3')
  expect(shown).toContain('lvs_warden_director_report_age_seconds{director="lvs1"} 2.5')
  expect(shown).toContain('lvs_warden_prober_alive{prober="p1",vantage="here"} 1')
  expect(shown).toContain('lvs_warden_prober_alive{prober="p2",vantage="there"} 0')
  expect(shown).toContain('lvs_warden_prober_lag_seconds{prober="p1",vantage="here"} 0.02')
  expect(shown).not.toContain('lvs_warden_prober_lag_seconds{prober="p2"')
  expect(shown).toContain('lvs_warden_vantage_failing_checks{vantage="here"} 2')
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
