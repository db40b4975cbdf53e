import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const PATTERN = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)$/

/**
 * A duration in the options of a check, written as in the rest of the cluster file: `200ms`,
 * `1.5s`.
 */
export const durationOption = z
  .string()
  .regex(PATTERN, 'want a number with its unit (ms, s, m, h) such as 200ms')

/** Milliseconds of a parsed `durationOption`. */
export function optionMs(duration: string): number {
  const [, amount, unit = ''] = PATTERN.exec(duration) ?? []
  return Number(amount) * (UNITS[unit] ?? Number.NaN)
}
