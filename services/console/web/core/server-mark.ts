import type { RealServerStatus } from '../../../shared/wire/status.ts'

/** How a real server is, in one word; from the worst to the best. */
export const MARKS = [
  'down',
  'kept',
  'unknown',
  'degraded',
  'draining',
  'maintenance',
  'drained',
  'standby',
  'serving',
] as const
export type Mark = (typeof MARKS)[number]

/** What stands for a mark where there is room for a letter: never the colour alone. */
export const LETTERS: Readonly<Record<Mark, string>> = {
  down: '×',
  kept: '!',
  unknown: '?',
  degraded: '~',
  draining: 'D',
  maintenance: 'M',
  drained: '–',
  standby: 'S',
  serving: '✓',
}

const TROUBLED: ReadonlySet<Mark> = new Set(['down', 'kept', 'unknown', 'degraded'])

/** The operator's word goes before what the checks say, as in the table. */
export function markOf({ admin, health, weight, degraded }: RealServerStatus): Mark {
  if (admin !== 'enabled') return admin
  if (health === 'down') return weight.effective > 0 ? 'kept' : 'down'
  if (health === 'unknown') return 'unknown'
  if (degraded !== undefined) return 'degraded'
  return weight.effective > 0 ? 'serving' : 'standby'
}

/** True for what nobody asked for. */
export function isTroubled(mark: Mark): boolean {
  return TROUBLED.has(mark)
}

/** How many real servers have which mark. */
export function countMarks(servers: readonly RealServerStatus[]): Readonly<Record<Mark, number>> {
  const counts = Object.fromEntries(MARKS.map((mark) => [mark, 0])) as Record<Mark, number>
  for (const server of servers) counts[markOf(server)]++
  return counts
}
