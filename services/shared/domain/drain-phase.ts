/**
 * Where a drain stands in one service. Under way: `starting` until every director holds what was
 * decided, `connections`, `templates` when only those of persistence are left, `leaving` until
 * every director has taken the row out. Over: `done` by itself, `out` without waiting, `cut` at its
 * deadline.
 */
export const DRAIN_PHASES = [
  'starting',
  'connections',
  'templates',
  'leaving',
  'done',
  'out',
  'cut',
] as const
export type DrainPhase = (typeof DRAIN_PHASES)[number]

/** Nothing is left to wait for. */
export function isDrainOver(phase: DrainPhase): boolean {
  return phase === 'done' || phase === 'out' || phase === 'cut'
}
