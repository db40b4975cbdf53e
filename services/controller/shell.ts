import type { Bus, EventLog } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { ControllerCore } from './core/controller-core.ts'
import type { Event } from './core/event.ts'

/** Which cluster a controller is for. */
export interface ControllerConfig {
  readonly cluster: string
  /** Name of this controller among several. */
  readonly name: string
  /**
   * How long to wait for more directors once the first has reported, where the cluster file names
   * none; 0, the default, where there is only one.
   */
  readonly gatherMs?: number
}

/** The doors it uses. */
export interface ControllerPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics
}

/** What the shell holds while it runs. */
export interface ControllerShell {
  readonly core: ControllerCore
  /** Foreign changes that each director has undone since the start. */
  readonly drift: ReadonlyMap<string, number>
  readonly log: EventLog
  /**
   * Feeds one event; resolves when what it asked for is durable. Throws `controller.not-leading`
   * for what only the leader may be asked.
   */
  feed(event: Event): Promise<void>
}
