import { createController } from '../../services/controller/controller.ts'
import { createDirector } from '../../services/director/director.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { createNatsBus } from '../../services/shared/adapters/nats-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import type { Bus } from '../../services/shared/ports/bus.ts'
import type { IpvsTable } from '../../services/shared/ports/ipvs-table.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import type { Service } from '../../services/shared/runtime/service.ts'
import { clusterRevisionMessage } from '../../services/shared/wire/cluster-revision.ts'
import { leadingMessage } from '../../services/shared/wire/leading-message.ts'
import { encodeObservations } from '../../services/shared/wire/observation-frame.ts'
import {
  bucketName,
  leadingSubject,
  observationsSubject,
} from '../../services/shared/wire/subjects.ts'
import {
  buildCheck,
  buildObservation,
  buildServer,
  buildService,
} from '../support/cluster-builder.ts'
import { natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import type { Bench, Measure } from './bench.ts'
import { median } from './median.ts'

const CLUSTER = 'bench'
const SERVERS = 100
const ROUNDS = 60
const FRAME = 100
/** Two probers, a frame each every ten milliseconds: 20,000 observations a second. */
const FLOOD_MS = 10_000
const FLOOD_STEP_MS = 10
const READY_MS = 15_000

/** What running apart costs: over NATS against one process, in the same run. */
export const bench: Bench = {
  name: 'apart',
  summary: 'services apart over NATS, against the same in one process',
  async run() {
    if (natsSkipReason !== '') throw new Error(natsSkipReason.trim())
    const server = await startNatsServer()
    try {
      const open = () => openNats(server.url)
      const alone = createMemoryBus()
      const together = await measureReaction(() => Promise.resolve(alone))
      await alone.close()
      const apart = await measureReaction(open)
      await server.restart({ empty: true })
      const flood = await measureFlood(open)
      await server.restart({ empty: true })
      const takeOverS = await measureTakeOver(open)
      return measures(together, apart, flood, takeOverS)
    } finally {
      await server.remove()
    }
  },
}

function measures(
  together: number,
  apart: number,
  flood: { readonly sent: number; readonly heard: number; readonly perS: number },
  takeOverS: number,
): readonly Measure[] {
  const what = 'last failing observation to changed table, median'
  const ratio = apart / together
  const lost = flood.sent - flood.heard
  return [
    { what: `${what}, one process`, value: together, unit: 'ms' },
    {
      what: `${what}, over NATS`,
      value: apart,
      unit: 'ms',
      ratioTo: 'one process',
      ratio,
      goal: 'at most 3 times',
      met: ratio <= 3,
    },
    {
      what: 'observations of two probers through one controller',
      value: flood.perS,
      unit: 'a second',
      goal: 'at least 19,500 of 20,000, for the timers of the senders',
      met: flood.perS >= 19_500,
    },
    { what: 'lost of them', value: lost, unit: '', goal: 'none', met: lost === 0 },
    {
      what: 'leader gone without a word to another that leads',
      value: takeOverS,
      unit: 's',
      goal: 'at most 5',
      met: takeOverS <= 5,
    },
  ]
}

/** A prober's word to the table: one real server fails and comes back, again and again. */
async function measureReaction(open: () => Promise<Bus>): Promise<number> {
  const watched = watchedTable()
  const rig = await startRig(open, watched.table)
  const waits: number[] = []
  const [first] = SERVICE.realServers
  const probe = first?.checks[0]?.probe
  if (probe === undefined) throw new Error('wants a check')
  for (let round = 0; round < 2 * ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const changed = watched.next()
    const startedAt = performance.now()
    const outcome = round % 2 === 0 ? FAIL : PASS
    rig.say([buildObservation(probe, outcome, Date.now())])
    await changed
    if (round % 2 === 0) waits.push(performance.now() - startedAt)
  }
  await rig.stop()
  return median(waits)
}

async function measureFlood(open: () => Promise<Bus>) {
  let heard = 0
  const rig = await startRig(open, createMemoryTable(), (payloadCount) => {
    heard += payloadCount
  })
  const probes = SERVICE.realServers.flatMap(({ checks }) => checks.map(({ probe }) => probe))
  // What the rig itself has said is heard by then.
  await new Promise((resolve) => setTimeout(resolve, 500))
  heard = 0
  const startedAt = performance.now()
  let sent = 0
  while (performance.now() - startedAt < FLOOD_MS) {
    const due = ((performance.now() - startedAt) / FLOOD_STEP_MS) * 2 * FRAME
    while (sent < due) {
      rig.say(probes.map((probe) => buildObservation(probe, PASS, Date.now())))
      sent += FRAME
    }
    await new Promise((resolve) => setTimeout(resolve, FLOOD_STEP_MS))
  }
  const tookS = (performance.now() - startedAt) / 1000
  await until(() => heard >= sent, 5000).catch(() => undefined)
  await rig.stop()
  return { sent, heard, perS: Math.round(heard / tookS) }
}

async function measureTakeOver(open: () => Promise<Bus>): Promise<number> {
  const rig = await startRig(open, createMemoryTable())
  const bus = await open()
  const heir = controller('c2', bus)
  await heir.start()
  let isHeir = false
  bus.subscribe(leadingSubject(CLUSTER), (payload) => {
    isHeir ||= leadingMessage.decode(payload).controller === 'c2'
  })
  const startedAt = performance.now()
  // Its connection goes without a word: the lease is neither renewed nor given up.
  await rig.controllerBus.close()
  await until(() => isHeir, READY_MS)
  const tookS = (performance.now() - startedAt) / 1000
  await heir.stop()
  await bus.close()
  await rig.stop().catch(() => undefined)
  return tookS
}

const PASS = { outcome: 'pass', detail: '200 OK in 12 ms' } as const
const FAIL = { outcome: 'fail', layer: 'connect', code: 'connect.refused', detail: 'no' } as const
const SERVICE: VirtualService = buildService({
  realServers: Array.from({ length: SERVERS }, (_, index) => {
    const address = `10.0.0.${index + 1}`
    const target = { address, family: 4, port: 80 } as const
    const checks = [buildCheck({ label: 'http', target, rise: 1, fall: 1, intervalMs: 1000 })]
    return buildServer({ name: `web${index}`, address, checks })
  }),
})

/** A controller and a director, each on a connection of its own, and somebody who speaks. */
async function startRig(
  open: () => Promise<Bus>,
  table: IpvsTable,
  onObservations: (count: number) => void = () => undefined,
) {
  const buses = [await open(), await open(), await open(), await open()]
  const [controllerBus, directorBus, ...probers] = buses
  if (controllerBus === undefined || directorBus === undefined) throw new Error('wants buses')
  const clock = createSystemClock()
  const lead = controller('c1', counting(controllerBus, onObservations))
  const follow = createDirector(
    { cluster: CLUSTER, name: 'lvs1', clearOnExit: false },
    { bus: directorBus, clock, logger: silentLogger, table, sysctls: createMemorySysctlStore() },
  )
  await lead.start()
  const revisions = await controllerBus.keyValue(bucketName(CLUSTER, 'cluster-file'))
  const cluster = { name: CLUSTER, virtualServices: [SERVICE] }
  const about = { revision: 1, file: 'bench', by: 'bench', reason: '', at: Date.now(), bytes: 0 }
  await revisions.put(
    'current',
    clusterRevisionMessage.encode({ ...about, text: '', cluster, history: [] }),
  )
  await follow.start()
  let turn = 0
  const say = (observations: ReturnType<typeof buildObservation>[]) => {
    turn = (turn + 1) % probers.length
    const prober = `p${turn}`
    const frame = encodeObservations({ prober, vantage: 'here', observations })
    probers[turn]?.publish(observationsSubject(CLUSTER, prober), frame)
  }
  const probes = SERVICE.realServers.flatMap(({ checks }) => checks.map(({ probe }) => probe))
  const all = () => say(probes.map((probe) => buildObservation(probe, PASS, Date.now())))
  await until(async () => {
    all()
    return (await table.read())[0]?.servers.length === SERVERS
  }, READY_MS)
  return {
    controllerBus,
    say,
    async stop() {
      await follow.stop()
      await lead.stop()
      for (const bus of new Set(buses)) await bus.close()
    },
  }
}

function controller(name: string, bus: Bus): Service {
  const clock = createSystemClock()
  return createController({ cluster: CLUSTER, name }, { bus, clock, logger: silentLogger })
}

/** The same bus, with a count of what comes for the controller's ear. */
function counting(bus: Bus, onObservations: (count: number) => void): Bus {
  return {
    ...bus,
    subscribe(subject, handler) {
      if (subject !== observationsSubject(CLUSTER, '*')) return bus.subscribe(subject, handler)
      return bus.subscribe(subject, (payload, from) => {
        handler(payload, from)
        onObservations(FRAME)
      })
    },
  }
}

/** A table that says when it was changed. */
function watchedTable() {
  const table = createMemoryTable()
  let tell: () => void = () => undefined
  const watched: IpvsTable = {
    ...table,
    async apply(changes) {
      const failures = await table.apply(changes)
      tell()
      return failures
    },
  }
  return {
    table: watched,
    next: () =>
      new Promise<void>((resolve) => {
        tell = resolve
      }),
  }
}

async function until(isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function openNats(url: string): Promise<Bus> {
  return createNatsBus({
    settings: { servers: [url], auth: { kind: 'none' } },
    role: 'bench',
    name: 'bench',
    logger: silentLogger,
    // What is closed by force complains, and that is what is measured.
    onError: () => undefined,
  })
}
