import { z } from 'zod'
import type { Rule } from './rules.ts'

/** What came of reading a text or number: its value, or the rule it breaks. */
export type Reading<Value> =
  | { readonly value: Value }
  | { readonly rule: Rule; readonly message: string }

/** What editors learn of a value: JSON Schema keywords. */
export type EditorHint = Readonly<Record<string, unknown>>

/** The schema of a plain value with messages of our own. */
export function scalar<Value>(
  hint: EditorHint,
  read: (input: unknown) => Reading<Value>,
): z.ZodType<Value> {
  return z
    .unknown()
    .transform((input, context): Value => {
      const reading = read(input)
      if ('value' in reading) return reading.value
      const { rule, message } = reading
      context.addIssue({ code: 'custom', message, params: { rule, scalar: true } })
      return z.NEVER
    })
    .meta(hint) as unknown as z.ZodType<Value>
}
