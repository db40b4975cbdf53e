import { type Cause, matchesCause } from '../../shared/domain/cause.ts'
import { type AlertState, keep } from './alert-state.ts'
import { type Incident, isOpen, isStanding, type KeptCause, type Silence } from './incident.ts'

/** Says of every cause whether it flaps, what explains it, and what silences it. */
export function markCauses(state: AlertState, at: number): void {
  const open = [...state.incidents.values()].filter(isOpen)
  for (const incident of open) markFlapping(state, incident, at)
  const explained = explanations(state, at)
  for (const { id } of open) {
    const incident = state.incidents.get(id)
    if (incident !== undefined) markRest(state, incident, explained, at)
  }
}

function markFlapping(state: AlertState, incident: Incident, at: number): void {
  const { flapping } = state.policy
  change(state, incident, (cause) => {
    const isFlapping = flapping !== undefined && flaps(cause, flapping, at)
    return isFlapping === cause.isFlapping ? cause : { ...cause, isFlapping }
  })
}

function flaps(
  { changes, isFlapping }: KeptCause,
  { changes: most, withinMs, quietMs }: { changes: number; withinMs: number; quietMs: number },
  at: number,
): boolean {
  if (isFlapping) return at - (changes.at(-1) ?? 0) < quietMs
  return changes.filter((change) => at - change <= withinMs).length >= most
}

function markRest(
  state: AlertState,
  incident: Incident,
  explained: ReadonlyMap<string, string>,
  at: number,
): void {
  change(state, incident, (cause) => {
    const explainedBy = explained.get(cause.key)
    const silencedBy = silenceOf(state, incident, cause, at)?.id
    if (explainedBy === cause.explainedBy && silencedBy === cause.silencedBy) return cause
    const { explainedBy: _1, silencedBy: _2, ...rest } = cause
    return { ...rest, ...(explainedBy && { explainedBy }), ...(silencedBy && { silencedBy }) }
  })
}

function change(
  state: AlertState,
  incident: Incident,
  mark: (cause: KeptCause) => KeptCause,
): void {
  const changed = Object.values(incident.causes)
    .map((cause) => [cause, mark(cause)] as const)
    .filter(([before, after]) => before !== after)
  if (changed.length === 0) return
  const marked = Object.fromEntries(changed.map(([, after]) => [after.key, after]))
  keep(state, { ...incident, causes: { ...incident.causes, ...marked } })
}

/** The silence that covers a cause now. */
export function silenceOf(
  { silences }: AlertState,
  incident: Incident,
  cause: Cause,
  at: number,
): Silence | undefined {
  for (const silence of silences.values()) {
    if (at < silence.from || at >= silence.until) continue
    if (silence.incident !== undefined && silence.incident !== incident.id) continue
    if (matchesCause(cause, silence.match)) return silence
  }
  return undefined
}

/**
 * Cause to what explains it. What is explained explains nothing itself unless it explains in a
 * circle: then the oldest of the circle stays. Who would not be told of the one explains nothing.
 * What has just ended explains for a moment longer: others take time to recover.
 */
function explanations(state: AlertState, at: number): ReadonlyMap<string, string> {
  const { policy } = state
  const causes: KeptCause[] = []
  for (const incident of state.incidents.values()) {
    if (!isOpen(incident)) continue
    for (const cause of Object.values(incident.causes)) {
      const isRecent = at - (cause.endedAt ?? at) < policy.recoveryMs
      if (isStanding(cause) || isRecent) causes.push(cause)
    }
  }
  const isTold = (cause: Cause) => policy.routes.some(({ match }) => matchesCause(cause, match))
  const may = causes.filter((cause) => mayExplain(state, cause) && isTold(cause))
  const explainers = new Map<string, readonly string[]>()
  if (may.length === 0) return new Map()
  for (const cause of causes) {
    const by = may.filter((other) => other.key !== cause.key && explains(state, other, cause))
    if (by.length > 0)
      explainers.set(
        cause.key,
        by.map(({ key }) => key),
      )
  }
  return settle(may, explainers)
}

/** Who is explained, from those who are not explained at all downwards. */
function settle(
  may: readonly KeptCause[],
  explainers: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const explained = new Map<string, string>()
  const free = new Set(may.filter(({ key }) => !explainers.has(key)).map(({ key }) => key))
  const byAge = [...may].sort((a, b) => a.since - b.since || (a.key < b.key ? -1 : 1))
  for (;;) {
    for (const [key, by] of explainers) {
      const one = free.has(key) ? undefined : by.find((other) => free.has(other))
      if (one !== undefined) explained.set(key, one)
    }
    const circular = byAge.find(({ key }) => !free.has(key) && !explained.has(key))
    if (circular === undefined) return explained
    free.add(circular.key)
  }
}

function mayExplain({ policy }: AlertState, cause: Cause): boolean {
  return (
    /^(vantage|director)-/.test(cause.kind) ||
    policy.dependencies.some(({ when }) => matchesCause(cause, when))
  )
}

function explains({ policy }: AlertState, a: Cause, b: Cause): boolean {
  return (
    explainsByNature(a, b) ||
    policy.dependencies.some(({ when, mutes }) => matchesCause(a, when) && matchesCause(b, mutes))
  )
}

/** A vantage explains its probers and missing words of checks; a director its other troubles. */
function explainsByNature(a: Cause, b: Cause): boolean {
  switch (a.kind) {
    case 'vantage-lost':
    case 'vantage-suspect':
      if (b.kind === 'silence' || b.kind === 'vantages') return true
      return b.kind.startsWith('prober-') && b.vantage === a.vantage
    case 'director-silent':
    case 'director-missing':
      return b.kind.startsWith('director-') && b.director === a.director && b.kind !== a.kind
    default:
      return false
  }
}
