import { firstMatch, TOO_SLOW } from './body-match.ts'
import { inconclusive } from './check.ts'
import { CheckError } from './network-error.ts'
import { PATTERN_FLAGS } from './pattern.ts'

/** Looks at one answer: a server that sends byte by byte must not make us look for ever. */
const LOOK_LIMIT = 200
/** Processor time for all looks together, in microseconds; more would hold up other checks. */
const BUDGET_US = 100_000

/**
 * Looks for a user's pattern in lines, bounded in work; a prompt, which has no line end, is looked
 * at, too.
 */
export class LineSearch {
  readonly #pattern: RegExp
  #looks = 0
  #spentUs = 0
  #seen = ''

  constructor(pattern: string) {
    this.#pattern = new RegExp(pattern, PATTERN_FLAGS)
  }

  /** What was looked at last, for people. */
  get last(): string {
    return decode(this.#seen)
  }

  /**
   * Looks at all that came, as Latin-1 characters. `rest` is what follows the line of the match or,
   * without one, the line that may still grow.
   *
   * @throws CheckError `local.pattern` when the pattern backtracks too long, or what `tooBig`
   * makes.
   */
  take(
    text: string,
    tooBig: (got: string) => Error,
  ): { readonly found?: string; readonly rest: string } {
    if (text === '' || text === this.#seen) return { rest: text }
    this.#looks += 1
    if (this.#looks > LOOK_LIMIT) throw tooBig(`more than ${LOOK_LIMIT} pieces without a match`)
    this.#seen = text
    const found = this.#look(decode(text))
    if (found === undefined) return { rest: text.slice(text.lastIndexOf('\n') + 1) }
    const bytes = Buffer.from(found).toString('latin1')
    const end = text.indexOf('\n', text.indexOf(bytes) + bytes.length)
    return { found, rest: end < 0 ? '' : text.slice(end + 1) }
  }

  #look(text: string): string | undefined {
    const before = process.cpuUsage()
    const found = firstMatch(this.#pattern, text)
    const { user, system } = process.cpuUsage(before)
    this.#spentUs += user + system
    if (found !== TOO_SLOW && this.#spentUs <= BUDGET_US) return found
    const detail = `/${this.#pattern.source}/ takes too long on this answer; simplify it`
    throw new CheckError(inconclusive('local.pattern', detail))
  }
}

function decode(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString()
}
