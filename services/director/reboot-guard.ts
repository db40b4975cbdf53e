import type { DesiredTable } from '../shared/domain/desired-table.ts'
import { type ServiceKey, serviceKey } from '../shared/domain/virtual-service.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { SysctlStore } from '../shared/ports/sysctl-store.ts'
import type { TableStore } from '../shared/ports/table-store.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { UNMANAGED_MS } from './core/fence.ts'
import { plan } from './core/plan.ts'
import { SysctlKeeper } from './sysctl-keeper.ts'

/** Whatever else the kernel has is not ours. */
const NOTHING: ReadonlySet<ServiceKey> = new Set()
/** Between two writes, and before one is tried again. */
const REST_MS = 1000

/** What a guard works with. */
export interface RebootGuardParts {
  readonly store: TableStore
  /** Opens the table for the guard alone, since it may work before the agent does. */
  readonly open: () => Promise<{ readonly table: IpvsTable; readonly sysctls: SysctlStore }>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Brings the table over a reboot of the machine. What the agent was told to hold is kept on disk
 * with the name of the kernel's life; when that is another one, the kernel has none of those
 * services, and five seconds later still nobody has been heard who leads, the table is put back as
 * it was. Whoever leads first then adopts it, as after any restart. It needs no bus, and whatever
 * goes wrong with it is logged and stops nothing.
 */
export class RebootGuard {
  readonly #parts: RebootGuardParts
  #boot: string | undefined
  #isManaged = false
  #isStopped = false
  #unsaved: DesiredTable | undefined
  #working: Promise<void> = Promise.resolve()
  #cancelRestore: () => void = () => undefined
  #cancelRest: (() => void) | undefined
  #saidProblem = false

  constructor(parts: RebootGuardParts) {
    this.#parts = parts
  }

  /** Resolves when it is known whether there is something to put back. */
  async start(): Promise<void> {
    const { store, clock, logger } = this.#parts
    try {
      this.#boot = await store.bootId()
      const kept = await store.load()
      if (kept === undefined || this.#boot === undefined || kept.boot === this.#boot) return
      logger.info({}, 'this machine was rebooted: the table of before waits for a controller')
      this.#cancelRestore = clock.after(UNMANAGED_MS, () => {
        this.#working = this.#working.then(() => this.#restore(kept.table))
      })
    } catch (error) {
      logger.warn({ error }, 'the table of before a reboot cannot be read')
    }
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRestore()
    this.#cancelRest?.()
    await this.#working
    await this.#save()
    await this.#parts.store.close().catch(() => undefined)
  }

  /** Somebody leads: what is to be held, that controller says. */
  leaderHeard(): void {
    this.#isManaged = true
    this.#cancelRestore()
  }

  /** This is held from now on; it is written behind the agent's back, once a second at most. */
  keep(table: DesiredTable): void {
    this.leaderHeard()
    this.#unsaved = table
    if (this.#cancelRest === undefined) this.#saveAndRest()
  }

  /** Nothing is held any more. */
  forget(): void {
    this.keep({ epoch: 0, generation: 0, services: [] })
  }

  #saveAndRest(): void {
    this.#working = this.#working.then(() => this.#save())
    this.#cancelRest = this.#parts.clock.after(REST_MS, () => {
      this.#cancelRest = undefined
      if (this.#unsaved !== undefined && !this.#isStopped) this.#saveAndRest()
    })
  }

  async #save(): Promise<void> {
    const table = this.#unsaved
    if (table === undefined || this.#boot === undefined) return
    this.#unsaved = undefined
    try {
      await this.#parts.store.save({ boot: this.#boot, table })
      this.#saidProblem = false
    } catch (error) {
      this.#unsaved ??= table
      if (this.#saidProblem) return
      this.#saidProblem = true
      this.#parts.logger.warn({ error }, 'the table cannot be kept for a reboot yet')
    }
  }

  async #restore(kept: DesiredTable): Promise<void> {
    const { open, logger } = this.#parts
    if (this.#isManaged || this.#isStopped) return
    try {
      const { table, sysctls } = await open()
      try {
        await this.#putBack(kept, table, sysctls)
      } finally {
        table.close()
      }
    } catch (error) {
      logger.error({ error }, 'the table of before the reboot could not be put back')
    }
  }

  async #putBack(kept: DesiredTable, table: IpvsTable, sysctls: SysctlStore): Promise<void> {
    const { logger } = this.#parts
    const { services, epoch, generation } = kept
    const actual = await table.read()
    const found = new Set(actual.map(({ address }) => serviceKey(address)))
    // Somebody has set the kernel up already.
    if (services.some(({ address }) => found.has(serviceKey(address)))) return
    logger.warn({ epoch, generation }, 'rebooted, and nobody leads: the table is put back')
    const keeper = new SysctlKeeper(sysctls, logger)
    if (keeper.want(kept.sysctls ?? {})) await keeper.keep()
    for (const { change, code, message } of await table.apply(plan(services, actual, NOTHING))) {
      logger.error({ change, code }, message)
    }
  }
}
