import { compareVersions, type DesiredTable } from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Drift } from '../shared/domain/drift.ts'
import type { ChangeFailure, CountedTable, Table } from '../shared/domain/table.ts'
import { type ServiceKey, serviceKey } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { IpvsDescription, IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { reportSubject, tableSubject } from '../shared/wire/subjects.ts'
import { desiredTableMessage } from '../shared/wire/table-messages.ts'
import { drift } from './core/drift.ts'
import { plan } from './core/plan.ts'
import { type OwnedServices, openOwnedServices } from './owned-services.ts'

/** How often the kernel is read again, and the report sent. */
const REREAD_MS = 1000

/** Which director this is. */
export interface DirectorConfig {
  readonly cluster: string
  readonly name: string
  /** Take our services out of the table when stopping; the table is kept otherwise. */
  readonly clearOnExit: boolean
}

/** The doors it uses. */
export interface DirectorPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly table: IpvsTable
}

/**
 * Makes the kernel's table as the controller wants it, reads it back and says what is there. Has no
 * opinion about health. `start` throws the table's `ServiceError` when there is no IPVS or no right.
 */
export function createDirector(config: DirectorConfig, ports: DirectorPorts): Service {
  let agent: Agent | undefined
  return createService({
    async start() {
      const description = await ports.table.describe()
      const actual = await ports.table.read()
      const owned = await openOwnedServices(ports.bus, config.cluster, config.name)
      agent = createAgent(config, ports, { description, actual, owned })
    },
    async stop() {
      await agent?.stop()
      ports.table.close()
    },
  })
}

interface Agent {
  stop(): Promise<void>
}

interface Found {
  readonly description: IpvsDescription
  readonly actual: CountedTable
  readonly owned: OwnedServices
}

function createAgent(config: DirectorConfig, ports: DirectorPorts, found: Found): Agent {
  const { bus, clock, logger, table } = ports
  const { owned } = found
  let actual = found.actual
  let desired: DesiredTable | undefined
  /** Our services as we left them: whatever differs at the next reading, somebody else did. */
  let left: Table | undefined
  let problem: string | undefined
  let refused: readonly ChangeFailure[] = []
  let reportedRefusals = ''
  let drifts: readonly Drift[] = []
  let working: Promise<void> = Promise.resolve()
  let cancelReread: () => void = () => undefined
  let stopped = false

  /** One at a time: a table that arrives meanwhile is taken up next. */
  function enqueue(work: () => Promise<void>): Promise<void> {
    working = working.then(work).catch((error: unknown) => {
      problem = error instanceof Error ? error.message : String(error)
      logger.error({ error }, 'the table could not be read or written')
    })
    return working.then(report)
  }

  function onTable(payload: Uint8Array): void {
    const wanted = desiredTableMessage.decode(payload)
    if (desired !== undefined && compareVersions(wanted, desired) <= 0) {
      if (compareVersions(wanted, desired) < 0)
        logger.warn(versionOf(wanted), 'older table refused')
      return
    }
    desired = wanted
    enqueue(async () => {
      // Planned against the last reading, so that a failed server leaves at once.
      await converge()
      await readBack()
    })
  }

  async function reread(): Promise<void> {
    await enqueue(readBack)
    if (!stopped) cancelReread = clock.after(REREAD_MS, reread)
  }

  /** Reads the kernel; what is not as it should be is put right, and read once more. */
  async function readBack(): Promise<void> {
    actual = await table.read()
    if (left !== undefined) drifts = [...drifts, ...drift(left, actual, owned.keys())]
    if (await converge()) actual = await table.read()
    left = actual.filter(({ address }) => owned.keys().has(serviceKey(address)))
    const [first] = refused
    problem = first && `${refused.length} changes refused, the first: ${first.message}`
  }

  async function converge(): Promise<boolean> {
    refused = []
    if (desired === undefined) return false
    const keys = desired.services.map(({ address }) => serviceKey(address))
    await owned.add(keys)
    const changes = plan(desired.services, actual, owned.keys())
    if (changes.length === 0) return false
    refused = await table.apply(changes)
    if (refused.length > 0) left = undefined
    else {
      left = desired.services
      await owned.keepOnly(keys)
    }
    return true
  }

  /** The same refusals again, second after second, are no news. */
  function newRefusals(): readonly ChangeFailure[] {
    const all = JSON.stringify(refused)
    const isNews = all !== reportedRefusals
    reportedRefusals = all
    return isNews ? refused : []
  }

  function report(): void {
    const { epoch, generation } = desired ?? { epoch: 0, generation: 0 }
    const message: DirectorReport = {
      director: config.name,
      at: clock.now(),
      adapter: table.name,
      ...(found.description.version !== undefined && { ipvs: found.description.version }),
      epoch,
      generation,
      services: actual,
      foreign: foreignServices(actual, owned.keys()),
      drift: drifts,
      failures: newRefusals(),
      ...(problem !== undefined && { problem }),
    }
    drifts = []
    bus.publish(reportSubject(config.cluster, config.name), directorReportMessage.encode(message))
  }

  const unsubscribe = bus.subscribe(tableSubject(config.cluster, config.name), onTable)
  report()
  cancelReread = clock.after(REREAD_MS, reread)

  return {
    async stop() {
      stopped = true
      unsubscribe()
      cancelReread()
      await working
      if (config.clearOnExit) await clear(table, owned, logger)
    },
  }
}

async function clear(table: IpvsTable, owned: OwnedServices, logger: Logger): Promise<void> {
  const failures = await table.apply(plan([], await table.read(), owned.keys()))
  for (const { change, code, message } of failures) logger.error({ change, code }, message)
  await owned.keepOnly([])
}

function foreignServices(
  actual: CountedTable,
  owned: ReadonlySet<ServiceKey>,
): readonly ServiceKey[] {
  return actual.map(({ address }) => serviceKey(address)).filter((key) => !owned.has(key))
}

function versionOf({ epoch, generation }: DesiredTable) {
  return { epoch, generation }
}
