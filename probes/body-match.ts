import { createContext, Script } from 'node:vm'

/** Longest time that one match may hold up every other check, in milliseconds. */
const MATCH_LIMIT_MS = 50

/** Times that one match may be cut short by a machine that is busy with something else. */
const TRIES = 3
const STALLED: unique symbol = Symbol('stalled')

/** The match was given up: the pattern backtracks too much on this text. */
export const TOO_SLOW: unique symbol = Symbol('too slow')

const scope: { pattern: RegExp; text: string } = { pattern: /^/, text: '' }
const context = createContext(scope)
const script = new Script('pattern.exec(text)?.[0]')

/**
 * The first match in a text that a hostile server may have written. A pattern that repeats without
 * bound can take time that grows with the square of the text or worse, so it runs under a time
 * limit; that costs 0.2 ms.
 */
export function firstMatch(pattern: RegExp, text: string): string | undefined | typeof TOO_SLOW {
  if (!/[*+]|\{\d+,\}/.test(pattern.source)) return pattern.exec(text)?.[0]
  scope.pattern = pattern
  scope.text = text
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const match = timed()
      if (match !== STALLED) return match
    }
    return TOO_SLOW
  } finally {
    scope.text = ''
  }
}

/**
 * The limit is one of the wall's clock: where we got no processor meanwhile, it says nothing of the
 * pattern.
 */
function timed(): string | undefined | typeof TOO_SLOW | typeof STALLED {
  const before = process.cpuUsage()
  try {
    return script.runInContext(context, { timeout: MATCH_LIMIT_MS })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const { user, system } = process.cpuUsage(before)
    return user + system < (MATCH_LIMIT_MS * 1000) / 2 ? STALLED : TOO_SLOW
  }
}
