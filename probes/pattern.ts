import { z } from 'zod'
import { firstMatch, TOO_SLOW } from './body-match.ts'
import { inconclusive } from './check.ts'
import { CheckError } from './network-error.ts'

/**
 * Strict syntax; `^` and `$` match at every line, so `^ok$` fits a body that ends in a line end.
 */
export const PATTERN_FLAGS = 'um'

/** A regular expression as text: options travel as JSON. Compiled when the check runs. */
export const patternOption = z.string().superRefine((text, context) => {
  try {
    new RegExp(text, PATTERN_FLAGS)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `want a regular expression: ${reason}`
    context.addIssue({ code: 'custom', message, params: { rule: 'bad-regex' } })
  }
})

/**
 * Whether a text that a hostile server may have written matches.
 *
 * @throws CheckError `local.pattern` when the pattern backtracks too long on it.
 */
export function matches(pattern: string, text: string): boolean {
  const match = firstMatch(new RegExp(pattern, PATTERN_FLAGS), text)
  if (match !== TOO_SLOW) return match !== undefined
  const detail = `/${pattern}/ takes too long on this answer; simplify it`
  throw new CheckError(inconclusive('local.pattern', detail))
}
