const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** A number with its unit, or several of them: `2s`, `1h30m`. */
export const DURATION_PATTERN = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/

/**
 * Reads `500ms`, `2s`, `5m`, `1h`, `1d`, `1h30m` into milliseconds; `undefined` for anything else.
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    const scale = UNITS.find(([name]) => name === unit)?.[1] ?? 0
    total += Number(amount) * scale
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined
}

/** Writes milliseconds as people do, at most two units: `1h 30m`, `2s`, `350ms`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms))
  if (rest >= 10_000) rest = Math.round(rest / 1000) * 1000
  const parts: string[] = []
  for (const [unit, scale] of UNITS) {
    const amount = Math.floor(rest / scale)
    if (amount > 0 && parts.length < 2) parts.push(`${amount}${unit}`)
    rest -= amount * scale
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}

/** The shortest text that `parseDuration` reads back: 90000 is `90s`, 120000 is `2m`. */
export function exactDuration(ms: number): string {
  const [unit, scale] = UNITS.find(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1]
  return `${ms / scale}${unit}`
}
