/** How many attempts are free, how fast they come back, and how many keys are remembered. */
export interface RateLimit {
  readonly burst: number
  /** Milliseconds until one more attempt is allowed. */
  readonly refillMs: number
  readonly maxKeys: number
}

/** A bucket of attempts for each key; times are milliseconds of a clock that never goes back. */
export interface RateLimiter {
  /** Takes one attempt; returns 0, or milliseconds to wait when there is none. */
  take(key: string, at: number): number
  /** Gives one back: the attempt was a good one. */
  giveBack(key: string): void
  /** Keys that are remembered now. */
  size(): number
}

interface Bucket {
  left: number
  at: number
}

/**
 * Attempts by key in bounded memory. Beyond `maxKeys` the key that was used least recently is
 * forgotten: one that is under attack is in use, so it stays.
 */
export function createRateLimiter({ burst, refillMs, maxKeys }: RateLimit): RateLimiter {
  const buckets = new Map<string, Bucket>()

  function bucketOf(key: string, at: number): Bucket {
    const known = buckets.get(key)
    const bucket = known ?? { left: burst, at }
    bucket.left = Math.min(burst, bucket.left + Math.max(0, at - bucket.at) / refillMs)
    bucket.at = Math.max(bucket.at, at)
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size > maxKeys) {
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest)
        break
      }
    }
    return bucket
  }

  return {
    take(key, at) {
      const bucket = bucketOf(key, at)
      if (bucket.left < 1) return Math.ceil((1 - bucket.left) * refillMs)
      bucket.left--
      return 0
    },
    giveBack(key) {
      const bucket = buckets.get(key)
      if (bucket !== undefined) bucket.left = Math.min(burst, bucket.left + 1)
    },
    size: () => buckets.size,
  }
}
