import { compareVersions, type TableVersion } from '../../shared/domain/desired-table.ts'

/** Nobody who leads is heard for so long: the table is unmanaged. */
export const UNMANAGED_MS = 5000
/**
 * Somebody older than what was seen has claimed to lead for so long, and nobody newer has: then the
 * epochs have begun anew. More than three times the life of a lease (3 s): who is deposed stops
 * claiming within it.
 */
export const NEW_COUNT_MS = 10_000
/** Claims come each second; with a longer gap they begin anew. */
const CLAIM_GAP_MS = 3000

/** Who says that it leads, and what its newest table is. */
export interface Claim extends TableVersion {
  readonly controller: string
}

/** A moment by both clocks. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Never goes back. */
  readonly ms: number
}

interface Rival {
  readonly claim: Claim
  readonly since: Moment
  readonly lastMs: number
}

/**
 * Which tables one director takes: none that is older, by epoch before generation, than the newest
 * it has taken in this life or, as far as it was remembered, before.
 *
 * Epochs are revisions of the bucket with the controllers' lease, and a bus that loses its state
 * counts them from 1 again. Nobody is locked out by that: a controller that claims the lead for ten
 * seconds, each second, while nobody newer is heard, must be renewing a lease that knows of nobody
 * newer, and its count becomes ours. Until then the table stays as it is.
 */
export class Fence {
  #highest: TableVersion = { epoch: 0, generation: 0 }
  #heard: Moment
  #rival: Rival | undefined

  /** `start` is when the agent began: until it has heard somebody, it counts from there. */
  constructor(start: Moment) {
    this.#heard = start
  }

  /** The newest version that was let in. */
  get highest(): TableVersion {
    return this.#highest
  }

  /** What an earlier life had let in. */
  remember(version: TableVersion): void {
    if (compareVersions(version, this.#highest) > 0) this.#highest = version
  }

  /** Whether a table may come in; raises the fence when it may. */
  admits({ epoch, generation }: TableVersion): boolean {
    const version = { epoch, generation }
    if (compareVersions(version, this.#highest) < 0) return false
    this.#highest = version
    return true
  }

  /** Somebody says that it leads. `true` when the fence was lowered to its count by this. */
  hear(claim: Claim, now: Moment): boolean {
    if (compareVersions(claim, this.#highest) >= 0) {
      this.#heard = now
      this.#rival = undefined
      return false
    }
    const rival = this.#nextRival(claim, now)
    this.#rival = rival
    if (rival.claim !== claim) return false
    const isAlone = now.ms - this.#heard.ms >= NEW_COUNT_MS
    if (!isAlone || now.ms - rival.since.ms < NEW_COUNT_MS) return false
    this.#highest = { epoch: claim.epoch, generation: 0 }
    this.#heard = now
    this.#rival = undefined
    return true
  }

  /** Since when nobody is heard whose tables come in; `undefined` as long as somebody is. */
  unmanagedSince(now: Moment): number | undefined {
    return now.ms - this.#heard.ms < UNMANAGED_MS ? undefined : this.#heard.at
  }

  /** Who claims to lead and is not let in, in words. */
  refusing(now: Moment): string | undefined {
    const rival = this.#rival
    if (rival === undefined || now.ms - rival.lastMs > CLAIM_GAP_MS) return undefined
    const { controller, epoch, generation } = rival.claim
    const { highest } = this
    return (
      `tables of controller ${controller} (epoch ${epoch}, generation ${generation}) are older ` +
      `than what was seen (epoch ${highest.epoch}, generation ${highest.generation}); ` +
      `they are taken when it alone has claimed to lead for ${NEW_COUNT_MS / 1000} s`
    )
  }

  #nextRival(claim: Claim, now: Moment): Rival {
    const before = this.#rival
    const isFresh = before !== undefined && now.ms - before.lastMs <= CLAIM_GAP_MS
    if (!isFresh) return { claim, since: now, lastMs: now.ms }
    if (isSame(before.claim, claim)) return { claim, since: before.since, lastMs: now.ms }
    // Of two rivals the older one is deposed, if not both.
    return claim.epoch < before.claim.epoch ? before : { claim, since: now, lastMs: now.ms }
  }
}

function isSame(a: Claim, b: Claim): boolean {
  return a.controller === b.controller && a.epoch === b.epoch
}
