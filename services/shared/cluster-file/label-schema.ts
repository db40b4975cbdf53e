import { z } from 'zod'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'
import { nameSchema } from './words.ts'

const MAX_LABEL = 200

/** Labels: names with a value each, for routes of alerts. */
export function labelsSchema(description: string) {
  const value = scalar({ type: 'string', maxLength: MAX_LABEL }, (input) => {
    const text = typeof input === 'number' ? String(input) : input
    if (typeof text === 'string' && text !== '' && text.length <= MAX_LABEL) return { value: text }
    return { rule: 'bad-value', message: `wanted a short text, got ${describeValue(input)}` }
  })
  return z.record(nameSchema(), value).describe(description)
}
