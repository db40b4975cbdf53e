import { compareVersions } from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { IpvsDescription } from '../shared/ports/ipvs-table.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { leadingMessage } from '../shared/wire/leading-message.ts'
import { leadingSubject, reportSubject, tableSubject } from '../shared/wire/subjects.ts'
import { desiredTableMessage } from '../shared/wire/table-messages.ts'
import { Fence, type Moment } from './core/fence.ts'
import type { DirectorConfig, DirectorPorts } from './director.ts'
import type { DirectorMemory } from './director-memory.ts'
import { createDirectorMetrics, type DirectorMetrics } from './director-metrics.ts'
import type { Keeper } from './keeper.ts'
import { SysctlKeeper } from './sysctl-keeper.ts'

/** How often the kernel's table is read again, and the report sent. */
const REREAD_MS = 1000
/** The kernel's settings are looked at with every so many readings of its table. */
const READINGS_A_SYSCTL_LOOK = 5

/** What an agent begins with. */
export interface AgentParts {
  readonly config: DirectorConfig
  readonly ports: DirectorPorts
  readonly keeper: Keeper
  readonly memory: DirectorMemory
  readonly described: IpvsDescription
}

/** A director's agent at work: takes tables, holds the kernel to them, says what is there. */
export class DirectorAgent {
  readonly #parts: AgentParts
  readonly #fence: Fence
  readonly #sysctls: SysctlKeeper
  readonly #metrics: DirectorMetrics
  readonly #closers: (() => void)[] = []
  #working: Promise<void> = Promise.resolve()
  #cancelReread: () => void = () => undefined
  #readings = 0
  #isTableWaiting = false
  #isStopped = false
  /** Said in the log already. */
  #saidUnmanaged = false
  #saidRefused = ''

  constructor(parts: AgentParts) {
    const { ports, memory } = parts
    this.#parts = parts
    this.#fence = new Fence(momentOf(ports))
    this.#fence.remember(memory.seen())
    this.#sysctls = new SysctlKeeper(ports.sysctls, ports.logger)
    this.#metrics = createDirectorMetrics(ports.metrics)
  }

  async start(): Promise<void> {
    const { config, ports, keeper } = this.#parts
    const { cluster, name } = config
    await this.#sysctls.keep()
    this.#closers.push(
      ports.bus.subscribe(tableSubject(cluster, name), (payload) => this.#onTable(payload)),
      ports.bus.subscribe(leadingSubject(cluster), (payload) => this.#onLeading(payload)),
      ports.readiness?.add('table', () => keeper.problem) ?? (() => undefined),
      ports.readiness?.add('controller', () => this.#whyUnmanaged()) ?? (() => undefined),
    )
    this.#report()
    this.#cancelReread = ports.clock.after(REREAD_MS, () => this.#reread())
  }

  /** Keeps the table, unless it is told to take its services out. */
  async stop(): Promise<void> {
    const { config, ports, keeper } = this.#parts
    this.#isStopped = true
    for (const close of this.#closers.splice(0)) close()
    this.#cancelReread()
    await this.#working
    if (!config.clearOnExit) return
    for (const { change, code, message } of await keeper.clear()) {
      ports.logger.error({ change, code }, message)
    }
    ports.guard?.forget()
  }

  /** One at a time: a table that arrives meanwhile is taken up next. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    const { keeper, ports } = this.#parts
    this.#working = this.#working.then(work).catch((error: unknown) => {
      keeper.problem = error instanceof Error ? error.message : String(error)
      ports.logger.error({ error }, 'the table could not be read or written')
    })
    return this.#working.then(() => this.#report())
  }

  #onTable(payload: Uint8Array): void {
    const { config, keeper, memory, ports } = this.#parts
    const wanted = desiredTableMessage.decode(payload)
    const { epoch, generation } = wanted
    if (!this.#fence.admits(wanted)) {
      this.#metrics.refused()
      const refused = `${epoch}.${generation}`
      if (refused === this.#saidRefused) return
      this.#saidRefused = refused
      const seen = this.#fence.highest
      ports.logger.warn({ epoch, generation, seen }, 'older table refused')
      return
    }
    if (keeper.desired !== undefined && compareVersions(keeper.desired, wanted) === 0) return
    keeper.desired = wanted
    memory.see(wanted)
    // What waits already will find this one in its place.
    if (this.#isTableWaiting) return
    this.#isTableWaiting = true
    this.#enqueue(async () => {
      this.#isTableWaiting = false
      // Planned against the last reading, so that a failed server leaves at once.
      await keeper.converge()
      if (keeper.desired !== undefined) ports.guard?.keep(keeper.desired)
      if (config.shadow !== true && this.#sysctls.want(keeper.desired?.sysctls ?? {})) {
        await this.#sysctls.keep()
      }
      await keeper.readBack()
    })
  }

  #onLeading(payload: Uint8Array): void {
    const { keeper, memory, ports } = this.#parts
    const claim = leadingMessage.decode(payload)
    ports.guard?.leaderHeard()
    if (!this.#fence.hear(claim, momentOf(ports))) return
    const { controller, epoch } = claim
    ports.logger.warn({ controller, epoch }, 'epochs have begun anew: this controller is obeyed')
    keeper.forgetDesired()
    memory.see(this.#fence.highest)
    this.#report()
  }

  async #reread(): Promise<void> {
    const { keeper, memory, ports } = this.#parts
    this.#readings++
    // It may have been read only now.
    this.#fence.remember(memory.seen())
    await this.#enqueue(async () => {
      if (this.#readings % READINGS_A_SYSCTL_LOOK === 0) await this.#sysctls.keep()
      await keeper.readBack()
    })
    if (this.#isStopped) return
    this.#cancelReread = ports.clock.after(REREAD_MS, () => this.#reread())
  }

  #report(): void {
    const { config, ports } = this.#parts
    this.#logUnmanaged()
    const subject = reportSubject(config.cluster, config.name)
    const report = this.#newReport()
    this.#metrics.reported(report)
    ports.bus.publish(subject, directorReportMessage.encode(report))
  }

  #newReport(): DirectorReport {
    const { config, ports, keeper, described } = this.#parts
    const now = momentOf(ports)
    const { version, connectionTableSize } = described
    const unmanagedSince = this.#fence.unmanagedSince(now)
    const refusing = this.#fence.refusing(now)
    const { drift, ...findings } = keeper.takeFindings()
    return {
      director: config.name,
      at: now.at,
      adapter: ports.table.name,
      ...(version !== undefined && { ipvs: version }),
      ...(connectionTableSize !== undefined && { connectionTableSize }),
      ...(config.shadow === true && { shadow: true as const }),
      ...keeper.version,
      seenEpoch: this.#fence.highest.epoch,
      sysctls: this.#sysctls.states,
      ...(unmanagedSince !== undefined && { unmanagedSince }),
      ...(refusing !== undefined && { refusing }),
      ...findings,
      drift: [...drift, ...this.#sysctls.takeDrifts()],
    }
  }

  #logUnmanaged(): void {
    const { logger } = this.#parts.ports
    const why = this.#whyUnmanaged()
    if (why !== undefined && !this.#saidUnmanaged) logger.warn({}, why)
    if (why === undefined && this.#saidUnmanaged) logger.info({}, 'a controller leads again')
    this.#saidUnmanaged = why !== undefined
  }

  #whyUnmanaged(): string | undefined {
    const now = momentOf(this.#parts.ports)
    const since = this.#fence.unmanagedSince(now)
    if (since === undefined) return undefined
    const refusing = this.#fence.refusing(now)
    const time = isoTime(since)
    const nobody = `unmanaged since ${time}: no controller leads; the table stays as it is`
    return refusing === undefined ? nobody : `${nobody}; ${refusing}`
  }
}

function momentOf({ clock }: DirectorPorts): Moment {
  return { at: clock.now(), ms: clock.monotonic() }
}
