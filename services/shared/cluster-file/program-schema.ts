import type { z } from 'zod'
import type { Rule } from './rules.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'

const MAX_ARGUMENTS = 32
const MAX_ARGUMENT_LENGTH = 1000
const PROGRAM = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/**
 * A program, which is a file in a folder that is not in the cluster file's hand, and its arguments.
 * The whole list is one value, so that an error can say which word is wrong and why.
 */
export function programSchema(
  { rule, folder }: { readonly rule: Rule; readonly folder: string },
  description: string,
): z.ZodType<readonly string[]> {
  const hint = {
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    maxItems: MAX_ARGUMENTS,
    description: `${description}: a file in ${folder}, and its arguments.`,
  }
  return scalar<readonly string[]>(hint, (input) => {
    const wanted = 'wanted a list of texts: a program and its arguments'
    if (!Array.isArray(input) || input.length === 0) {
      return { rule: 'wrong-type', message: `${wanted}, got ${describeValue(input)}` }
    }
    const words: readonly unknown[] = input
    const wrong = words.findIndex((word) => !isWord(word))
    if (wrong >= 0 || words.length > MAX_ARGUMENTS) {
      const limits = `at most ${MAX_ARGUMENTS}, each of 1 to ${MAX_ARGUMENT_LENGTH} characters`
      const got = wrong < 0 ? `${words.length} of them` : describeValue(words[wrong])
      return { rule, message: `${wanted}, ${limits}, got ${got}` }
    }
    const value = words.filter(isWord)
    if (PROGRAM.test(value[0] ?? '')) return { value }
    const program = `wanted the name of a file in ${folder}, without a path`
    return { rule, message: `${program}, got ${describeValue(value[0])}` }
  })
}

function isWord(word: unknown): word is string {
  return (
    typeof word === 'string' &&
    word.length > 0 &&
    word.length <= MAX_ARGUMENT_LENGTH &&
    !word.includes('\0')
  )
}
