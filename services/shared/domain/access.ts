/** What somebody may do, from least to most; each may do all that those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** True when `role` may do what needs `needed`. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** The lesser of two roles. */
export function lesserRole(one: Role, other: Role): Role {
  return includesRole(one, other) ? other : one
}

/** True when a list of patterns (`web`, `mail-*`, `*`) names a virtual service. */
export function grantsService(patterns: readonly string[], service: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, service))
}

/**
 * True when everything that `narrow` names is named by `wide` as well; an absent list names every
 * service.
 */
export function grantsAllOf(
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
): boolean {
  if (wide === undefined || wide.includes('*')) return true
  if (narrow === undefined) return false
  return narrow.every((pattern) =>
    wide.some((other) => other === pattern || coversPattern(other, pattern)),
  )
}

/** `*` at the end stands for anything; elsewhere it is not allowed by the schema. */
function matchesPattern(pattern: string, service: string): boolean {
  return pattern.endsWith('*') ? service.startsWith(pattern.slice(0, -1)) : service === pattern
}

function coversPattern(wide: string, narrow: string): boolean {
  if (!wide.endsWith('*')) return false
  const stem = narrow.endsWith('*') ? narrow.slice(0, -1) : narrow
  return stem.startsWith(wide.slice(0, -1))
}
