import type { z } from 'zod'
import { nearestKey, suggestKey } from '../domain/nearest-key.ts'
import type { Rule } from './rules.ts'
import { scalar } from './scalar.ts'
import { describeValue, orList } from './values.ts'

/** One of a fixed list of words; a long list has a noun and a rule of its own. */
export function wordSchema<const Word extends string>(
  words: readonly Word[],
  hint: Readonly<Record<string, unknown>> = {},
  long?: { readonly rule: Rule; readonly noun: string },
): z.ZodType<Word> {
  return scalar({ type: 'string', enum: words, ...hint }, (input) => {
    const value = words.find((word) => word === input)
    if (value !== undefined) return { value }
    const got = `got ${describeValue(input)}`
    if (typeof input !== 'string') {
      return { rule: 'wrong-type', message: `wanted ${orList(words)}, ${got}` }
    }
    if (long !== undefined) {
      const message = `wanted ${long.noun}, ${got}${suggestKey(input, words)}`
      return { rule: long.rule, message }
    }
    const nearest = nearestKey(input, words)
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
    return { rule: 'unknown-value', message: `wanted ${orList(words)}, ${got}${hint}` }
  })
}

/** `true` or `false`. */
export function booleanSchema(hint: Readonly<Record<string, unknown>> = {}): z.ZodType<boolean> {
  return scalar({ type: 'boolean', ...hint }, (input) =>
    typeof input === 'boolean'
      ? { value: input }
      : { rule: 'wrong-type', message: `wanted true or false, got ${describeValue(input)}` },
  )
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** Names become parts of bus subjects, metrics and commands, so only safe characters are let in. */
export function nameSchema(hint: Readonly<Record<string, unknown>> = {}): z.ZodType<string> {
  return scalar({ type: 'string', pattern: NAME.source, ...hint }, (input) => {
    const name = typeof input === 'number' ? String(input) : input
    if (typeof name === 'string' && NAME.test(name)) return { value: name }
    const wanted = 'wanted 1 to 63 letters, digits, - and _, beginning with a letter or digit'
    return { rule: 'bad-name', message: `${wanted}, got ${describeValue(input)}` }
  })
}
