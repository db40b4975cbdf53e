import type { z } from 'zod'
import type { Rule } from './rules.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'

/** A whole number between two limits, both included; outside of them `rule` is broken. */
export function integerSchema(
  { min, max, rule }: { readonly min: number; readonly max: number; readonly rule: Rule },
  hint: Readonly<Record<string, unknown>> = {},
): z.ZodType<number> {
  return scalar({ type: 'integer', minimum: min, maximum: max, ...hint }, (input) => {
    const message = `wanted a whole number from ${min} to ${max}, got ${describeValue(input)}`
    if (typeof input !== 'number') return { rule: 'wrong-type', message }
    return Number.isInteger(input) && input >= min && input <= max
      ? { value: input }
      : { rule, message }
  })
}

/** A port of TCP, UDP or SCTP. */
export function portSchema(hint: Readonly<Record<string, unknown>> = {}): z.ZodType<number> {
  return integerSchema({ min: 1, max: 65_535, rule: 'port-out-of-range' }, hint)
}

/** A share written as `50%`, as a number from 0 to 1. */
export function percentSchema(
  maxPercent: number,
  hint: Readonly<Record<string, unknown>> = {},
): z.ZodType<number> {
  return scalar({ type: 'string', pattern: '^\\d+(\\.\\d+)?%$', ...hint }, (input) => {
    const match = typeof input === 'string' ? /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(input) : null
    const percent = Number(match?.[1] ?? Number.NaN)
    if (percent <= maxPercent) return { value: percent / 100 }
    const message = `wanted 0% to ${maxPercent}%, got ${describeValue(input)}`
    return { rule: 'bad-percent', message }
  })
}
