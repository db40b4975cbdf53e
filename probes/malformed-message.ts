import { fail, type Layer, type Outcome, type Target } from './check.ts'
import { formatTarget, type Phase } from './network-error.ts'

/**
 * An answer that is a failure of the server, with its code. `failOnGarbage` makes it an outcome.
 */
export class BadAnswer extends Error {
  readonly layer: Layer
  /** Stable and dotted, `ldap.bind`. */
  readonly code: string

  constructor(code: string, detail: string, layer: Layer = 'protocol') {
    super(detail)
    this.code = code
    this.layer = layer
  }
}

/** What came is no message of the protocol: `<kind>.garbage`. Codecs throw it. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/**
 * The outcome of a talk with a server, whose details get the address in front unless it passed.
 * Bad answers and malformed messages are failures.
 */
export async function failOnGarbage(
  target: Target,
  phase: Phase,
  talk: () => Promise<Outcome>,
): Promise<Outcome> {
  const where = formatTarget(target)
  try {
    const outcome = await talk()
    if (outcome.outcome === 'pass') return outcome
    return { ...outcome, detail: `${where}: ${outcome.detail}` }
  } catch (error) {
    if (error instanceof BadAnswer) {
      return fail(error.layer, error.code, `${where}: ${error.message}`)
    }
    if (!(error instanceof MalformedMessage)) throw error
    return fail('protocol', `${phase}.garbage`, `${where}: ${error.message}`)
  }
}
