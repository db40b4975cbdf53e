import { createLease, type Lease } from '../shared/coordination/lease.ts'
import { within } from '../shared/coordination/within.ts'
import { controllerPresenceMessage } from '../shared/wire/controller-presence.ts'
import { leadingMessage } from '../shared/wire/leading-message.ts'
import { controllerSubject, leadingSubject } from '../shared/wire/subjects.ts'
import type { ControllerConfig, ControllerPorts, ControllerShell } from './shell.ts'
import type { Stores } from './stores.ts'

/** What is stored is read again after this long when it could not be read. */
const RETRY_MS = 250
const READ_MS = 2000

/** What leadership is given when all else is there. */
export interface LeadershipParts {
  readonly shell: ControllerShell
  readonly stores: Stores
  /** Begins to answer operators; returns how to stop. */
  readonly answer: () => readonly (() => void)[]
  /** Called when the lead is lost. */
  readonly onLost: () => void
}

/**
 * Who may act. Takes the lead when it has the lease, warm: reads what the former leader has stored,
 * tells the core, and only then acts. Without the lease it stands by, as often as need be.
 */
export class Leadership {
  readonly #config: ControllerConfig
  readonly #ports: ControllerPorts
  readonly #lease: Lease
  #parts: LeadershipParts | undefined
  #acting: { readonly lease: number; readonly epoch: number } | undefined
  #takingOver: Promise<void> = Promise.resolve()
  #silence: (() => void)[] = []
  /** How far the clock of the leader heard last goes before ours. */
  #skewMs = 0
  /** Since when a director has been seen to hold a higher epoch than ours. */
  #outrankedMs: number | undefined
  readonly #startedAt: number

  constructor(config: ControllerConfig, ports: ControllerPorts) {
    this.#config = config
    this.#ports = ports
    this.#startedAt = ports.clock.now()
    const { cluster, name } = config
    this.#lease = createLease(
      {
        cluster,
        key: 'controller',
        holder: name,
        onTaken: (epoch) => {
          this.#takingOver = this.#takeOver(epoch)
        },
        onLost: (why) => this.#stepDown(why),
      },
      ports,
    )
  }

  /** Stands for the lead; resolves when it has it, or when another has. */
  async start(parts: LeadershipParts): Promise<void> {
    this.#parts = parts
    await this.#lease.start()
    await this.#takingOver
  }

  /** The epoch to act in; `undefined` where this controller may not act. Asked before each act. */
  epoch(): number | undefined {
    const acting = this.#acting
    return acting !== undefined && this.#lease.epoch() === acting.lease ? acting.epoch : undefined
  }

  /** The leader was heard, at this time by its own clock. */
  heardLeader(at: number): void {
    this.#skewMs = at - this.#ports.clock.now()
  }

  /** Each second: says that we are there, and writes what could not be written. */
  async tick(): Promise<void> {
    const epoch = this.epoch()
    this.#sayPresent(epoch === undefined ? 'standby' : 'leader')
    if (epoch === undefined || this.#parts === undefined) return
    this.#sayLeading(epoch)
    await this.#raiseEpoch(epoch)
    const { stores, shell } = this.#parts
    await Promise.all([
      stores.overrides.retry(),
      stores.board.write(shell.core.state.alerts),
      stores.recorder.retry(),
    ])
  }

  /** Hands the lead over, so that another has it at once. */
  async stop(): Promise<void> {
    this.#acting = undefined
    this.#hush()
    this.#sayPresent('leaving')
    await this.#lease.stop()
  }

  async #takeOver(lease: number): Promise<void> {
    const { clock, logger } = this.#ports
    while (this.#lease.epoch() === lease && this.#parts !== undefined) {
      try {
        await this.#lead(lease, this.#parts)
        return
      } catch (error) {
        logger.warn({ error }, 'cannot take the lead yet: what is stored cannot be read')
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
      }
    }
  }

  async #lead(lease: number, parts: LeadershipParts): Promise<void> {
    const { clock, logger } = this.#ports
    const { stores, shell } = parts
    const { overrides, board, recorder } = stores
    const stored = await within(clock, READ_MS, Promise.all([overrides.load(), board.load()]))
    if (this.#lease.epoch() !== lease) return
    const epoch = Math.max(lease, this.#highestSeen(shell) + 1)
    const at = clock.now()
    this.#acting = { lease, epoch }
    recorder.hold()
    const { cluster, name } = this.#config
    logger.info({ cluster, controller: name, epoch }, 'controller leads')
    const [kept, alerts] = stored
    const done = [
      this.#recordTakeOver(parts, at),
      shell.feed({ type: 'overrides-loaded', at, ...kept }),
      shell.feed({ type: 'led', at, epoch, alerts }),
    ]
    this.#silence = [...parts.answer()]
    this.#sayLeading(epoch)
    this.#sayPresent('leader')
    const skewMs = this.#skewMs
    this.#skewMs = 0
    done.push(recorder.catchUp(skewMs))
    // Not to wait for: what cannot be stored now is tried again each second.
    Promise.all(done).catch((error: unknown) => logger.warn({ error }, 'not stored yet'))
  }

  /** A change of the leader is an event; that a monitor which is alone starts again is none. */
  async #recordTakeOver({ shell, stores }: LeadershipParts, at: number): Promise<void> {
    const { name } = this.#config
    const before = shell.core.state.leader?.controller
    if (before === undefined) return
    const message = `controller ${name} leads in place of ${before}`
    await stores.recorder.record({ at, type: 'leader', from: before, to: name, message })
  }

  #stepDown(why: string): void {
    const { clock, logger } = this.#ports
    const wasLeading = this.#acting !== undefined
    this.#acting = undefined
    this.#hush()
    if (!wasLeading || this.#parts === undefined) return
    logger.warn({ controller: this.#config.name, why }, 'controller stands by')
    const { stores, shell, onLost } = this.#parts
    stores.recorder.hold()
    onLost()
    shell
      .feed({ type: 'deposed', at: clock.now() })
      .catch((error: unknown) => logger.error({ error }, 'not deposed'))
  }

  /**
   * Directors that have seen a higher epoch than ours, while the lease is still ours: the store
   * that counts epochs was lost and counts anew. They would refuse our tables for ever.
   */
  async #raiseEpoch(epoch: number): Promise<void> {
    const parts = this.#parts
    const acting = this.#acting
    if (parts === undefined || acting === undefined) return
    const { clock, logger } = this.#ports
    const seen = parts.shell.core.state.directors.values()
    const outranked = [...seen].filter((report) => (report.seenEpoch ?? report.epoch) > epoch)
    const renewedAtMs = this.#lease.renewedAtMs()
    if (outranked.length === 0 || renewedAtMs === undefined) {
      this.#outrankedMs = undefined
      return
    }
    this.#outrankedMs ??= clock.monotonic()
    // Had another taken the lease, this renewal would have failed.
    if (renewedAtMs <= this.#outrankedMs) return
    this.#outrankedMs = undefined
    const higher = this.#highestSeen(parts.shell) + 1
    logger.warn({ epoch, higher }, 'directors have seen a higher epoch: ours is raised')
    this.#acting = { lease: acting.lease, epoch: higher }
    const alerts = [...parts.shell.core.state.alerts.values()]
    await parts.shell.feed({ type: 'led', at: clock.now(), epoch: higher, alerts })
  }

  #highestSeen({ core }: ControllerShell): number {
    const { directors, leader } = core.state
    let highest = leader?.epoch ?? 0
    for (const { epoch, seenEpoch = epoch } of directors.values()) {
      highest = Math.max(highest, seenEpoch)
    }
    return highest
  }

  #hush(): void {
    for (const close of this.#silence.splice(0)) close()
  }

  #sayLeading(epoch: number): void {
    const { bus, clock } = this.#ports
    const { cluster, name } = this.#config
    const generation = this.#parts?.shell.core.state.generation ?? 0
    const leading = { controller: name, epoch, generation, at: clock.now() }
    bus.publish(leadingSubject(cluster), leadingMessage.encode(leading))
  }

  #sayPresent(role: 'leader' | 'standby' | 'leaving'): void {
    const state = this.#parts?.shell.core.state
    if (state === undefined) return
    const { cluster, name } = this.#config
    const isWarm = state.isConfigured && state.overridesLoaded && state.isAdopted
    const presence = { controller: name, role, isWarm, startedAt: this.#startedAt }
    const payload = controllerPresenceMessage.encode(presence)
    this.#ports.bus.publish(controllerSubject(cluster, name), payload)
  }
}
