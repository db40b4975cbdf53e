import { BinaryConnection } from './binary-connection.ts'
import type { CheckContext, Outcome, Target } from './check.ts'
import { failOnGarbage } from './malformed-message.ts'
import type { Phase } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/**
 * Connects once to one address, talks, and hangs up. What `talk` returns gets the address in front
 * of its detail.
 *
 * @throws CheckError when the connection fails on the way.
 */
export async function converse(
  target: Target,
  tls: TlsSettings | undefined,
  phase: Phase,
  context: CheckContext,
  talk: (connection: BinaryConnection) => Promise<Outcome>,
): Promise<Outcome> {
  const connection = await BinaryConnection.open(target, tls, phase, context)
  try {
    return await failOnGarbage(target, phase, () => talk(connection))
  } finally {
    connection.close()
  }
}
