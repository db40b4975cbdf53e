import { isDrainOver } from '../../shared/domain/drain-phase.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import type { DrainStatus, OutageStatus } from '../../shared/wire/outage-status.ts'
import type { RealServerStatus } from '../../shared/wire/status.ts'

type Counts = RealServerStatus['connections']

/** What a drain waits for, or how it ended: `waits for 12 active and 3 inactive connections`. */
export function phaseWords({ phase, directors, leftMs, cut, hold }: DrainStatus): string {
  switch (phase) {
    case 'starting':
      return startingWords(directors)
    case 'connections':
    case 'templates': {
      const about = leftMs === undefined ? '' : `, ${estimate(leftMs)}`
      return `waits for ${waitedFor(phase, sumOf(directors))}${about}${perDirector(directors)}`
    }
    case 'leaving':
      return 'its row is being taken out'
    case 'done':
      return `its last connection has ended${hold === true ? ', held at weight 0' : ''}`
    case 'out':
      return 'out of the table, nothing is waited for'
    case 'cut': {
      const left = cut === undefined ? '' : ` with ${many(cut, 'connection')} left`
      return `out at its deadline${left}`
    }
  }
}

/** What happens when, as seen at `at`: the deadline of a drain, and when it all ends by itself. */
export function endWords(
  { drain, outage }: Pick<RealServerStatus, 'drain' | 'outage'>,
  at: string,
): readonly string[] {
  const words: string[] = []
  const isWaiting = drain !== undefined && !isDrainOver(drain.phase)
  if (isWaiting && drain.deadline !== undefined) words.push(deadlineWords(drain, at))
  if (outage?.until !== undefined) words.push(returnWords(outage.until, at))
  return words
}

/** Who took it out, as people are told. */
export function outageWords({ kind, owner, reason }: OutageStatus): string {
  return `${kind} by ${owner}${reason === '' ? '' : `: ${reason}`}`
}

function deadlineWords({ deadline = '', atDeadline = 'keep' }: DrainStatus, at: string): string {
  const left = Date.parse(deadline) - Date.parse(at)
  const then = {
    keep: 'it goes on and an alert is raised',
    remove: 'its row is removed with what is left',
    cut: 'what is left is cut',
  }[atDeadline]
  return left > 0
    ? `deadline in ${formatDuration(wholeSeconds(left))}: then ${then}`
    : `its deadline passed ${formatDuration(wholeSeconds(-left))} ago: ${then}`
}

function returnWords(until: string, at: string): string {
  const left = Math.max(0, Date.parse(until) - Date.parse(at))
  return `comes back by itself in ${formatDuration(wholeSeconds(left))}, if its checks pass`
}

/** A guess is not exact: one unit is enough. */
function estimate(ms: number): string {
  if (ms > 86_400_000) return 'more than a day to go'
  const [first = ''] = formatDuration(Math.max(1000, wholeSeconds(ms))).split(' ')
  return `about ${first} to go`
}

function startingWords(directors: DrainStatus['directors']): string {
  const late = directors.flatMap(({ name, connections }) => (connections === null ? [name] : []))
  return late.length === 0
    ? 'waits for the first count'
    : `waits for ${late.join(', ')} to have it at weight 0`
}

function waitedFor(phase: 'connections' | 'templates', counts: Counts): string {
  const { active, inactive, persistent } = counts
  if (phase === 'templates') return many(persistent, 'persistence template')
  const templates = persistent === 0 ? '' : `, ${many(persistent, 'persistence template')}`
  return `${active} active and ${inactive} inactive connections${templates}`
}

/** Where there are several: `(lvs1 12+3, lvs2 0+1)`. */
function perDirector(directors: DrainStatus['directors']): string {
  if (directors.length < 2) return ''
  const each = directors.map(({ name, connections }) => `${name} ${shortCounts(connections)}`)
  return ` (${each.join(', ')})`
}

function shortCounts(counts: Counts | null): string {
  if (counts === null) return '?'
  const { active, inactive, persistent } = counts
  return [active, inactive, ...(persistent === 0 ? [] : [persistent])].join('+')
}

function sumOf(directors: DrainStatus['directors']): Counts {
  const add = (of: (counts: Counts) => number) =>
    directors.reduce((sum, { connections }) => sum + (connections ? of(connections) : 0), 0)
  return {
    active: add((each) => each.active),
    inactive: add((each) => each.inactive),
    persistent: add((each) => each.persistent),
  }
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1000) * 1000
}
