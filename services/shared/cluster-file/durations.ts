import type { z } from 'zod'
import { type Reading, scalar } from './scalar.ts'
import { describeValue } from './values.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

const PATTERN = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/

/** Milliseconds of `500ms`, `2s`, `1.5m`, `1h`, `1d`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = PATTERN.exec(text) ?? []
  const factor = UNITS.find(([name]) => name === unit)?.[1]
  return amount === undefined || factor === undefined
    ? undefined
    : Math.round(Number(amount) * factor)
}

/** The shortest text that `parseDuration` reads back: 90000 is `90s`, 120000 is `2m`. */
export function formatDuration(milliseconds: number): string {
  const [unit, factor] = UNITS.find(
    ([, size]) => milliseconds > 0 && milliseconds % size === 0,
  ) ?? ['ms', 1]
  return `${milliseconds / factor}${unit}`
}

/** A duration between two limits, both included, in milliseconds. */
export function durationSchema(
  limits: { readonly min: number; readonly max: number },
  hint: Readonly<Record<string, unknown>> = {},
): z.ZodType<number> {
  return scalar({ type: 'string', pattern: PATTERN.source, examples: ['2s'], ...hint }, (input) =>
    readDuration(input, limits),
  )
}

function readDuration(
  input: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): Reading<number> {
  const value = typeof input === 'string' ? parseDuration(input) : undefined
  if (value === undefined) {
    const advice = typeof input === 'number' ? `; write ${input}s if you mean seconds` : ''
    const wanted = 'wanted a number with its unit (ms, s, m, h, d) such as 2s'
    return { rule: 'bad-duration', message: `${wanted}, got ${describeValue(input)}${advice}` }
  }
  if (value >= min && value <= max) return { value }
  const range = `${formatDuration(min)} to ${formatDuration(max)}`
  return { rule: 'duration-out-of-range', message: `wanted ${range}, got ${input}` }
}
