import type { Outcome } from '../../probes/check.ts'
import {
  type ControllerCore,
  createControllerCore,
} from '../../services/controller/core/controller-core.ts'
import type { Observation } from '../../services/shared/domain/observation.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import {
  decodeObservations,
  encodeObservations,
} from '../../services/shared/wire/observation-frame.ts'
import {
  buildCheck,
  buildObservation,
  buildReport,
  buildServer,
  buildService,
} from '../support/cluster-builder.ts'
import type { Bench, Measure } from './bench.ts'

const SERVICES = 100
const SERVERS_EACH = 100
const FRAME = 100
const ROUNDS = 60
const LEAST_PER_S = 200_000
const START = Date.UTC(2030, 0, 1)

const PASS: Outcome = { outcome: 'pass', detail: '200 OK in 12 ms' }
const FAIL: Outcome = {
  outcome: 'fail',
  layer: 'connect',
  code: 'connect.refused',
  detail: 'want a connection, got refused',
}

/** What the controller does with an observation: its frame decoded, its verdict judged. */
export const bench: Bench = {
  name: 'controller',
  summary: 'observations a second on one core, from the bytes of a frame to the commands',
  async run() {
    const services = buildServices()
    measure(services, 0)
    const floor = measureParsing(services)
    const steady = measure(services, 0)
    const moving = measure(services, 0.01)
    const unit = 'observations a second'
    const what = `of ${SERVICES * SERVERS_EACH} real servers`
    const againstFloor = (value: number) => ({ ratioTo: 'JSON.parse', ratio: value / floor })
    return [
      { what: 'JSON.parse of the same frames', value: floor, unit },
      {
        what: `${what}, nothing changes`,
        value: steady,
        unit,
        ...againstFloor(steady),
        goal: `at least ${LEAST_PER_S}`,
        met: steady >= LEAST_PER_S,
      },
      {
        what: `${what}, one in a hundred is a transition`,
        value: moving,
        unit,
        ...againstFloor(moving),
      },
    ] satisfies readonly Measure[]
  },
}

/** A round is one observation of every server; `share` of them change a verdict. */
function measure(services: readonly VirtualService[], share: number): number {
  const core = startCore(services)
  feedRound(core, frames(services, 0, 0), START)
  let published = 0
  let cpuUs = 0
  for (let round = 1; round <= ROUNDS; round++) {
    const at = START + round * 2000
    const payloads = frames(services, round, share)
    const before = process.cpuUsage()
    published += feedRound(core, payloads, at)
    cpuUs += spentUs(before)
  }
  if (published > 0 !== share > 0) throw new Error(`${published} tables published`)
  return perSecond(cpuUs)
}

function measureParsing(services: readonly VirtualService[]): number {
  const payloads = frames(services, 0, 0)
  const reader = new TextDecoder()
  const before = process.cpuUsage()
  for (let round = 1; round <= ROUNDS; round++) {
    for (const payload of payloads) JSON.parse(reader.decode(payload))
  }
  return perSecond(spentUs(before))
}

function perSecond(cpuUs: number): number {
  return Math.round((SERVICES * SERVERS_EACH * ROUNDS * 1e6) / cpuUs)
}

function spentUs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function feedRound(core: ControllerCore, payloads: readonly Uint8Array[], at: number): number {
  let published = 0
  for (const payload of payloads) {
    const commands = core.handle({ type: 'observed', at, ...decodeObservations(payload) })
    if (commands[0]?.type === 'publish-table') published++
  }
  return published
}

/** Half of the share fails in each round, and recovers in the next one. */
function frames(
  services: readonly VirtualService[],
  round: number,
  share: number,
): readonly Uint8Array[] {
  const every = Math.round(2 / share)
  const observations: Observation[] = []
  for (const { realServers } of services) {
    for (const { checks } of realServers) {
      for (const { probe } of checks) {
        const isFailing = share > 0 && (observations.length + round) % every === 0
        const at = START + round * 2000
        observations.push(buildObservation(probe, isFailing ? FAIL : PASS, at))
      }
    }
  }
  const payloads: Uint8Array[] = []
  for (let start = 0; start < observations.length; start += FRAME) {
    const part = observations.slice(start, start + FRAME)
    payloads.push(encodeObservations({ prober: 'p1', vantage: 'local', observations: part }))
  }
  return payloads
}

function startCore(services: readonly VirtualService[]): ControllerCore {
  const core = createControllerCore()
  core.handle({ type: 'overrides-loaded', at: START, overrides: [] })
  const cluster = { name: 'bench', virtualServices: services }
  core.handle({ type: 'config-changed', at: START, cluster })
  core.handle({ type: 'director-reported', at: START, report: buildReport({ at: START }) })
  return core
}

function buildServices(): readonly VirtualService[] {
  return Array.from({ length: SERVICES }, (_, index) => {
    const realServers = Array.from({ length: SERVERS_EACH }, (_, host) => {
      const address = `10.${index}.0.${host + 1}`
      const target = { address, family: 4, port: 80 } as const
      const checks = [buildCheck({ label: 'http', target, rise: 1, fall: 1 })]
      return buildServer({ name: `web${index}-${host}`, address, checks })
    })
    return buildService({
      name: `web${index}`,
      address: {
        type: 'address',
        protocol: 'tcp',
        family: 4,
        address: '192.0.2.10',
        port: 1000 + index,
      },
      realServers,
    })
  })
}
