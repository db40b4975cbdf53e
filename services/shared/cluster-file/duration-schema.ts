import type { z } from 'zod'
import { DURATION_PATTERN, exactDuration, parseDuration } from '../domain/duration.ts'
import { type Reading, scalar } from './scalar.ts'
import { describeValue } from './values.ts'

/** A duration between two limits, both included, in milliseconds. */
export function durationSchema(
  limits: { readonly min: number; readonly max: number },
  hint: Readonly<Record<string, unknown>> = {},
): z.ZodType<number> {
  return scalar(
    { type: 'string', pattern: DURATION_PATTERN.source, examples: ['2s'], ...hint },
    (input) => readDuration(input, limits),
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
  const range = `${exactDuration(min)} to ${exactDuration(max)}`
  return { rule: 'duration-out-of-range', message: `wanted ${range}, got ${input}` }
}
