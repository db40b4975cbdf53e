import type { Clock } from '../ports/clock.ts'
import type { Heartbeat } from '../wire/heartbeat-message.ts'

/** Three heartbeats, and a little for the third to arrive. */
export const LOST_AFTER_MS = 3200
/** Who has been lost for so long is forgotten: it may be called otherwise by now. */
const FORGET_AFTER_MS = 3_600_000
/** The middle of three is right as long as only one of them was late. */
const SKEWS = 3

/** A prober, as it was heard last. */
export interface Member {
  readonly heartbeat: Heartbeat
  readonly alive: boolean
  /** When it was heard last, monotonic. */
  readonly heardMs: number
  /** When it was first heard in this life, monotonic. */
  readonly sinceMs: number
  /** To be added to its times to have ours. */
  readonly skewMs: number
}

interface Entry extends Member {
  alive: boolean
  heartbeat: Heartbeat
  heardMs: number
  sinceMs: number
  skewMs: number
  skews: number[]
}

/** What a heartbeat changes: who is there, how it shares, or nothing. */
export type News = 'membership' | 'sharing' | 'none'

/** Keeps who was heard when. */
export class MemberBook {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  #trustedSinceMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Everybody who is known, by name in order. */
  get members(): readonly Member[] {
    return [...this.#entries.values()].sort((a, b) =>
      a.heartbeat.prober < b.heartbeat.prober ? -1 : 1,
    )
  }

  /** Since when hearing nothing means something, monotonic. */
  get trustedSinceMs(): number {
    return this.#trustedSinceMs
  }

  /** Whatever was not heard before is nobody's fault. */
  trustFrom(nowMs: number): void {
    this.#trustedSinceMs = nowMs
  }

  hear(heartbeat: Heartbeat): News {
    const { prober, leaving } = heartbeat
    const before = this.#entries.get(prober)
    if (leaving === true) {
      if (before?.heartbeat.life !== heartbeat.life) return 'none'
      this.#entries.delete(prober)
      return 'membership'
    }
    const nowMs = this.#clock.monotonic()
    const isNew = before === undefined || !before.alive || before.heartbeat.life !== heartbeat.life
    const skews = [...(before?.skews ?? []), this.#clock.now() - heartbeat.at].slice(-SKEWS)
    this.#entries.set(prober, {
      heartbeat,
      alive: true,
      heardMs: nowMs,
      sinceMs: isNew ? nowMs : before.sinceMs,
      skews,
      skewMs: middle(skews),
    })
    if (isNew || isOther(before.heartbeat, heartbeat)) return 'membership'
    const isSame = before.heartbeat.sharesWith.join() === heartbeat.sharesWith.join()
    return isSame ? 'none' : 'sharing'
  }

  /** Who has just been found lost; forgets who has been lost for long. */
  findLost(nowMs: number): readonly Member[] {
    const lost: Member[] = []
    for (const [name, entry] of this.#entries) {
      const silentMs = nowMs - Math.max(entry.heardMs, this.#trustedSinceMs)
      if (nowMs - entry.heardMs > FORGET_AFTER_MS) this.#entries.delete(name)
      else if (entry.alive && silentMs > LOST_AFTER_MS) {
        entry.alive = false
        lost.push(entry)
      }
    }
    return lost
  }
}

/** It moved, or its canaries speak otherwise. */
function isOther(before: Heartbeat, now: Heartbeat): boolean {
  return before.vantage !== now.vantage || before.fit !== now.fit
}

function middle(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
