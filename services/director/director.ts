import { compareVersions } from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { reportSubject, tableSubject } from '../shared/wire/subjects.ts'
import { desiredTableMessage } from '../shared/wire/table-messages.ts'
import { openOwnedServices } from './owned-services.ts'
import { TableKeeper } from './table-keeper.ts'

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
 * opinion about health. `start` throws the table's `ServiceError` when there is no IPVS or no
 * right.
 */
export function createDirector(config: DirectorConfig, ports: DirectorPorts): Service {
  let agent: Agent | undefined
  return createService({
    async start() {
      const { version } = await ports.table.describe()
      const actual = await ports.table.read()
      const owned = await openOwnedServices(ports.bus, config.cluster, config.name)
      agent = createAgent(config, ports, new TableKeeper(ports.table, owned, actual), version)
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

function createAgent(
  config: DirectorConfig,
  ports: DirectorPorts,
  keeper: TableKeeper,
  ipvs: string | undefined,
): Agent {
  const { bus, clock, logger } = ports
  let working: Promise<void> = Promise.resolve()
  let cancelReread: () => void = () => undefined
  let isTableWaiting = false
  let isStopped = false

  /** One at a time: a table that arrives meanwhile is taken up next. */
  function enqueue(work: () => Promise<void>): Promise<void> {
    working = working.then(work).catch((error: unknown) => {
      keeper.problem = error instanceof Error ? error.message : String(error)
      logger.error({ error }, 'the table could not be read or written')
    })
    return working.then(report)
  }

  function onTable(payload: Uint8Array): void {
    const wanted = desiredTableMessage.decode(payload)
    const { epoch, generation } = wanted
    const age = compareVersions(wanted, keeper.desired ?? keeper.version)
    if (age < 0) logger.warn({ epoch, generation }, 'older table refused')
    if (age <= 0) return
    keeper.desired = wanted
    // What waits already will find this one in its place.
    if (isTableWaiting) return
    isTableWaiting = true
    enqueue(async () => {
      isTableWaiting = false
      // Planned against the last reading, so that a failed server leaves at once.
      await keeper.converge()
      await keeper.readBack()
    })
  }

  async function reread(): Promise<void> {
    await enqueue(() => keeper.readBack())
    if (!isStopped) cancelReread = clock.after(REREAD_MS, reread)
  }

  function report(): void {
    const message = reportOf(config, ports, keeper, ipvs)
    bus.publish(reportSubject(config.cluster, config.name), directorReportMessage.encode(message))
  }

  const unsubscribe = bus.subscribe(tableSubject(config.cluster, config.name), onTable)
  report()
  cancelReread = clock.after(REREAD_MS, reread)

  return {
    async stop() {
      isStopped = true
      unsubscribe()
      cancelReread()
      await working
      if (!config.clearOnExit) return
      for (const { change, code, message } of await keeper.clear()) {
        logger.error({ change, code }, message)
      }
    },
  }
}

function reportOf(
  { name }: DirectorConfig,
  { clock, table }: DirectorPorts,
  keeper: TableKeeper,
  ipvs: string | undefined,
): DirectorReport {
  return {
    director: name,
    at: clock.now(),
    adapter: table.name,
    ...(ipvs !== undefined && { ipvs }),
    ...keeper.version,
    sysctls: [],
    ...keeper.takeFindings(),
  }
}
