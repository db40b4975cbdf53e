/** A learnt age under this is not worth the connections: the tripwire rests. Milliseconds. */
const SHORTEST_USEFUL_MS = 3000
/** How long it rests before it tries that server anew, in milliseconds. */
const REST_MS = 15 * 60_000
/** Ages that differ by less are the same idle timeout. */
const SAME_AGE_SHARE = 0.1
const SAME_AGE_MS = 300
/**
 * Closes in a row, each with a server that was well, after which a server without a steady age is
 * left alone.
 */
const HARMLESS_LIMIT = 5
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 30_000

/** What to do next about a connection. */
export type TripwirePlan =
  | { readonly type: 'connect'; readonly afterMs: number }
  | { readonly type: 'rest'; readonly forMs: number }

/**
 * Learns, from how a server ends idle connections, which ends mean trouble. A close teaches only
 * when the server takes a new connection right after it: a server that died teaches nothing about
 * idle timeouts.
 */
export class TripwireLearning {
  /**
   * Age at which the server closes an idle connection by itself; `undefined` while none is known.
   */
  idleLimitMs: number | undefined
  #lastHarmlessAgeMs: number | undefined
  #pendingAgeMs: number | undefined
  #harmless = 0
  #failures = 0

  /** The age at which a connection should be replaced, before the server closes it. */
  get renewAtMs(): number | undefined {
    return this.idleLimitMs === undefined ? undefined : this.idleLimitMs * 0.75
  }

  /** A connection stands. */
  connected(): TripwirePlan | undefined {
    this.#failures = 0
    const age = this.#pendingAgeMs
    this.#pendingAgeMs = undefined
    return age === undefined ? undefined : this.#learn(age)
  }

  /** Connecting failed: the server is down, or was when the last connection ended. */
  connectFailed(): TripwirePlan {
    this.#pendingAgeMs = undefined
    this.#failures += 1
    const afterMs = Math.min(LONGEST_RETRY_MS, 1000 * 2 ** (this.#failures - 1))
    return { type: 'connect', afterMs }
  }

  /** The server ended a connection of this age: true when that is a trip. */
  closed(ageMs: number): boolean {
    this.#pendingAgeMs = ageMs
    return this.idleLimitMs === undefined || !isSameAge(ageMs, this.idleLimitMs)
  }

  /** When to connect again after the server closed: at once, but never in a tight circle. */
  afterClose(): TripwirePlan {
    return { type: 'connect', afterMs: FIRST_RETRY_MS * 2 ** this.#harmless }
  }

  /** A connection was replaced at `renewAtMs`, so the learnt age holds. */
  renewed(): void {
    this.#harmless = 0
  }

  /** The server talks without end: no idle connection can be held to it. */
  talks(): TripwirePlan {
    return this.#rest()
  }

  #learn(ageMs: number): TripwirePlan | undefined {
    const last = this.#lastHarmlessAgeMs
    this.#lastHarmlessAgeMs = ageMs
    this.#harmless += 1
    if (last !== undefined && isSameAge(ageMs, last)) {
      this.idleLimitMs = Math.min(ageMs, last)
      if (this.idleLimitMs < SHORTEST_USEFUL_MS) return this.#rest()
      this.#harmless = 0
    }
    return this.#harmless >= HARMLESS_LIMIT ? this.#rest() : undefined
  }

  /** After the rest everything is learnt anew: the server may have been configured otherwise. */
  #rest(): TripwirePlan {
    this.idleLimitMs = undefined
    this.#lastHarmlessAgeMs = undefined
    this.#harmless = 0
    return { type: 'rest', forMs: REST_MS }
  }
}

function isSameAge(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(SAME_AGE_MS, SAME_AGE_SHARE * Math.max(a, b))
}
