/** What the checks say about a server, in the controller's eyes. */
export type Verdict = 'up' | 'down' | 'unknown'

/** Something has been seen of it. */
export function isKnown(verdict: Verdict): verdict is 'up' | 'down' {
  return verdict !== 'unknown'
}

/** A verdict and how far it is from changing. */
export interface Health {
  readonly verdict: Verdict
  /** Consecutive outcomes that contradict the verdict. */
  readonly streak: number
}

/** How many outcomes in a row it takes to change a verdict. */
export interface Thresholds {
  /** Consecutive passes from down to up. */
  readonly rise: number
  /** Consecutive failures from up to down. */
  readonly fall: number
}

/** `pending`: contradicted, but not often enough yet. */
export type Judgement = 'none' | 'pending' | 'rose' | 'fell'

/**
 * Folds one outcome into a health. An unknown verdict is decided by its first outcome; afterwards
 * only `rise` passes or `fall` failures in a row change it (haproxy's rise and fall).
 */
export function judge(
  health: Health,
  outcome: 'pass' | 'fail',
  thresholds: Thresholds,
): { readonly health: Health; readonly judgement: Judgement } {
  const says = outcome === 'pass' ? 'up' : 'down'
  if (says === health.verdict) {
    return {
      health: health.streak === 0 ? health : { verdict: says, streak: 0 },
      judgement: 'none',
    }
  }
  const streak = health.streak + 1
  const needed = says === 'up' ? thresholds.rise : thresholds.fall
  if (health.verdict !== 'unknown' && streak < needed) {
    return { health: { verdict: health.verdict, streak }, judgement: 'pending' }
  }
  return { health: { verdict: says, streak: 0 }, judgement: says === 'up' ? 'rose' : 'fell' }
}
