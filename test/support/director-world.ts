import { createDirector, type DirectorPorts } from '../../services/director/director.ts'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import type { DesiredTable } from '../../services/shared/domain/desired-table.ts'
import type { DirectorReport } from '../../services/shared/domain/director-report.ts'
import type { TableService } from '../../services/shared/domain/table.ts'
import type { Bus } from '../../services/shared/ports/bus.ts'
import type { IpvsTable } from '../../services/shared/ports/ipvs-table.ts'
import type { SysctlStore } from '../../services/shared/ports/sysctl-store.ts'
import type { LogFields, Logger } from '../../services/shared/runtime/logger.ts'
import { createMetrics, type Metrics } from '../../services/shared/runtime/metrics.ts'
import { createReadiness, type Readiness } from '../../services/shared/runtime/readiness.ts'
import type { Service } from '../../services/shared/runtime/service.ts'
import { directorReportMessage } from '../../services/shared/wire/director-report-message.ts'
import { leadingMessage } from '../../services/shared/wire/leading-message.ts'
import { leadingSubject, reportSubject, tableSubject } from '../../services/shared/wire/subjects.ts'
import { desiredTableMessage } from '../../services/shared/wire/table-messages.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

const SUBJECTS = {
  table: tableSubject('shop', 'lb1'),
  report: reportSubject('shop', 'lb1'),
  leading: leadingSubject('shop'),
}

/** What a test may want otherwise. */
export interface DirectorOptions {
  readonly clearOnExit?: boolean
  readonly shadow?: boolean
  readonly sysctls?: SysctlStore
  /** As this director sees it; the world's own by default. */
  readonly bus?: Bus
  readonly guard?: NonNullable<DirectorPorts['guard']>
}

/** The director `lb1` of the cluster `shop`, with a test in the place of its controller. */
export interface DirectorWorld {
  readonly bus: MemoryBus
  readonly clock: ManualClock
  readonly readiness: Readiness
  readonly metrics: Metrics
  /** Every report so far. */
  readonly reports: readonly DirectorReport[]
  /** Each line of the log: level, sentence, fields. */
  readonly log: readonly (readonly [level: string, message: string, fields: LogFields])[]
  start(table: IpvsTable, options?: DirectorOptions): Promise<Service>
  /** Sends a table and lets the director work. */
  want(table: DesiredTable): Promise<void>
  /** A controller says that it leads. */
  lead(controller: string, epoch: number, generation?: number): Promise<void>
  /** The director works in promises, not in timers. */
  pause(): Promise<void>
  seconds(count: number): Promise<void>
}

/** A world without a director yet. */
export function createDirectorWorld(): DirectorWorld {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const readiness = createReadiness()
  const metrics = createMetrics()
  const reports: DirectorReport[] = []
  const log: [string, string, LogFields][] = []
  const line = (level: string) => (fields: LogFields, message: string) => {
    log.push([level, message, fields])
  }
  const logger: Logger = {
    ...{ debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    child: () => logger,
  }
  bus.subscribe(SUBJECTS.report, (payload) => {
    reports.push(directorReportMessage.decode(payload))
  })

  async function pause(): Promise<void> {
    await bus.settled()
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    await bus.settled()
  }

  return {
    ...{ bus, clock, readiness, metrics, reports, log, pause },
    async start(table, options = {}) {
      const {
        clearOnExit = false,
        shadow = false,
        sysctls = createMemorySysctlStore(),
        guard,
      } = options
      const told = { logger, sysctls, readiness, metrics, ...(guard && { guard }) }
      const director = createDirector(
        { cluster: 'shop', name: 'lb1', clearOnExit, shadow },
        { bus: options.bus ?? bus, clock, table, ...told },
      )
      await director.start()
      return director
    },
    async want(table) {
      bus.publish(SUBJECTS.table, desiredTableMessage.encode(table))
      await pause()
    },
    async lead(controller, epoch, generation = 1) {
      const at = clock.now()
      bus.publish(SUBJECTS.leading, leadingMessage.encode({ controller, epoch, generation, at }))
      await pause()
    },
    pause,
    async seconds(count) {
      for (let second = 0; second < count; second++) {
        await clock.advance(1000)
        await pause()
      }
    },
  }
}

/** A service with rows of these addresses and weights. */
export function webService(weights: Readonly<Record<string, number>>, port = 80): TableService {
  return {
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port },
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    servers: Object.entries(weights).map(([address, weight]) => ({
      address,
      port,
      forwarding: 'direct-route',
      weight,
      upperThreshold: 0,
      lowerThreshold: 0,
    })),
  }
}

/** The weights of every row by its address. */
export async function weightsIn(table: IpvsTable): Promise<Record<string, number>> {
  const rows = (await table.read()).flatMap(({ servers }) => servers)
  return Object.fromEntries(rows.map(({ address, weight }) => [address, weight]))
}
