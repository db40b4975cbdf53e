import { fail, type Outcome, type Target } from './check.ts'
import { formatTarget, type Phase } from './network-error.ts'

/** What came is no message of the protocol. Codecs throw it; `failOnGarbage` makes it a failure. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/**
 * The outcome of a talk with a server, whose details get the address in front unless it passed. A
 * malformed message is the failure `<kind>.garbage`.
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
    if (!(error instanceof MalformedMessage)) throw error
    return fail('protocol', `${phase}.garbage`, `${where}: ${error.message}`)
  }
}
