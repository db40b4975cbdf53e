import type { CheckContext, Target } from './check.ts'
import { Connection } from './connection.ts'
import type { Phase } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/**
 * Connects once to one address.
 *
 * @throws CheckError when the connection or the TLS handshake fails, or the deadline passes.
 */
export async function dial(
  target: Target,
  tls: TlsSettings | undefined,
  phase: Phase,
  context: CheckContext,
): Promise<Connection> {
  const connection = new Connection(target, tls, phase, context)
  await connection.ready()
  return connection
}
