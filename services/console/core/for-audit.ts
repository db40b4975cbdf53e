const SECRET_KEY = /password|secret|token$|authorization|cookie/i
const MASK = '***'
const MAX_CHARACTERS = 300
const MAX_ITEMS = 100
const MAX_DEPTH = 6

/** A request or answer as it may be kept: secrets masked, and what is long cut. */
export function forAudit(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    const rest = value.length - MAX_CHARACTERS
    return rest > 0 ? `${value.slice(0, MAX_CHARACTERS)}… (${rest} more characters)` : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '…'
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ITEMS).map((item) => forAudit(item, depth + 1))
    const rest = value.length - MAX_ITEMS
    return rest > 0 ? [...shown, `… (${rest} more)`] : shown
  }
  const entries = Object.entries(value).slice(0, MAX_ITEMS)
  return Object.fromEntries(
    entries.map(([key, item]) => [
      key,
      SECRET_KEY.test(key) && typeof item === 'string' ? MASK : forAudit(item, depth + 1),
    ]),
  )
}
