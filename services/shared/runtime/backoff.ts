/** How long to wait between tries. */
export interface BackoffOptions {
  readonly firstMs: number
  readonly capMs: number
}

/**
 * The wait before try number `attempt` (0 is the first repetition): doubles up to the cap, and a
 * random half of it is left out, so that many who lost the same server do not come back as one.
 */
export function backoffMs(attempt: number, { firstMs, capMs }: BackoffOptions): number {
  const full = Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30))
  return full * (0.5 + Math.random() / 2)
}
