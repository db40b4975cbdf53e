import { expect, test } from 'vitest'
import { createControllerCore } from '../../../services/controller/core/controller-core.ts'
import type { Override } from '../../../services/shared/domain/override.ts'
import {
  buildReport,
  buildServer,
  buildService,
  countTable,
} from '../../support/cluster-builder.ts'

const web1 = buildServer({ name: 'web1' })
const service = buildService({ realServers: [web1] })
const { realServers: _, ...head } = service
const services = countTable([{ ...head, servers: [{ ...web1, weight: 100 }] }])
const drain: Override = { kind: 'drain', server: 'web1', owner: 'alice', reason: '', since: 0 }

function configured() {
  const core = createControllerCore()
  const cluster = { name: 'shop', virtualServices: [service] }
  core.handle({ type: 'config-changed', at: 0, cluster })
  return core
}

test('a report before the stored overrides is not decided on: who is drained could come back', () => {
  const core = configured()
  const early = core.handle({ type: 'director-reported', at: 1, report: buildReport({ services }) })
  expect(early).toEqual([])
  core.handle({ type: 'overrides-loaded', at: 2, overrides: [drain] })
  const [first] = core.handle({
    type: 'director-reported',
    at: 3,
    report: buildReport({ services }),
  })
  expect(first).toMatchObject({ type: 'publish-table', services: [{ servers: [{ weight: 0 }] }] })
})

test('a director that cannot read its table does not end a drain', () => {
  const core = configured()
  core.handle({ type: 'overrides-loaded', at: 0, overrides: [drain] })
  core.handle({ type: 'director-reported', at: 1, report: buildReport({ services }) })
  const blind = buildReport({ generation: 1, services: [], problem: 'no IPVS' })
  core.handle({ type: 'director-reported', at: 2, report: blind })
  const [server] = core.state.services.get('web')?.servers ?? []
  expect(server?.placement).toMatchObject({ weight: 0, because: { phase: 'draining' } })
})

test('observations of a probe that nobody reads are nothing', () => {
  const core = configured()
  const outcome = { outcome: 'pass', detail: '' } as const
  const observation = { probe: 'other' as never, at: 0, durationMs: 1, outcome }
  const seen = { prober: 'p1', vantage: 'dc1', observations: [observation] }
  expect(core.handle({ type: 'observed', at: 0, ...seen })).toEqual([])
})

test('a director whose clock is wrong is not silent', () => {
  const core = configured()
  core.handle({ type: 'overrides-loaded', at: 0, overrides: [] })
  const report = buildReport({ services, at: -3_600_000 })
  core.handle({ type: 'director-reported', at: 1000, report })
  expect(core.handle({ type: 'ticked', at: 2000 })).toEqual([])
})
