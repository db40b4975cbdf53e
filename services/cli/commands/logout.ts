import { ServiceError } from '../../shared/runtime/service-error.ts'
import { createApiClient } from '../api-client.ts'
import { printJson, printLines } from '../cli-context.ts'
import type { CliIo } from '../cli-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { type DaemonOptions, findDaemon } from '../find-daemon.ts'
import { readServerBook, tokenPath, writeServerBook } from '../server-book.ts'
import { oneLine } from '../text-width.ts'

/**
 * `lvsctl logout`: the token is revoked and forgotten; forgotten also when nobody can be told to
 * revoke it.
 */
export async function runLogout(
  io: CliIo,
  { json, ...where }: DaemonOptions & { readonly json: boolean },
): Promise<ExitCode> {
  const daemon = await findDaemon(where, io)
  if (daemon.kind === 'socket') {
    throw new ServiceError('cli.no', 'the local socket needs no log-in, so there is none to end')
  }
  const { name } = daemon
  const client = createApiClient(daemon)
  let why = ''
  try {
    if (daemon.token !== undefined) await client.ask('logout', {})
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code !== 'api.unauthenticated') why = error.message
  } finally {
    await client.close()
  }
  const { current, ...book } = await readServerBook(io)
  await io.removeFile(book.servers[name]?.tokenFile ?? tokenPath(io.env, name))
  if (current === name) await writeServerBook(io, book)
  const revoked = why === ''
  const story = revoked ? 'the token is revoked' : `the token is forgotten here, but valid: ${why}`
  if (json) printJson(io, { server: name, revoked })
  else printLines(io, [oneLine(`logged out of ${name}: ${story}`)])
  return revoked ? EXIT.ok : EXIT.no
}
