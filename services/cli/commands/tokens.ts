import type { Role } from '../../shared/domain/access.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localTime } from '../local-time.ts'
import { oneLine } from '../text-width.ts'
import { tokenLines } from '../views/access-view.ts'

/** A token that is wanted. */
export interface TokenOptions {
  readonly user?: string
  readonly role?: Role
  readonly services?: string[]
  readonly forMs: number
  /** Write it into this file in place of showing it. */
  readonly output?: string
}

/** `lvsctl tokens list`: never the tokens themselves. */
export async function runTokensList({ io, client, json }: CliContext): Promise<ExitCode> {
  const answer = await client.ask('tokensList', {})
  if (json) printJson(io, answer)
  else printLines(io, tokenLines(answer.tokens, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl tokens create`: the token alone on standard output, what it is beside it. */
export async function runTokensCreate(
  { io, client, json }: CliContext,
  name: string,
  { output, ...wish }: TokenOptions,
): Promise<ExitCode> {
  const answer = await client.ask('tokensCreate', { name, ...wish })
  const { token, ...told } = answer
  if (output !== undefined) await io.writePrivateFile(output, `${token}\n`)
  if (json) printJson(io, output === undefined ? answer : { ...told, file: output })
  else {
    if (output === undefined) printLines(io, [token])
    const { user, role, id, expiresAt } = told
    const story = `token ${id} of ${user} (${role}), until ${localTime(expiresAt)}`
    const place = output === undefined ? 'it is shown this once' : `it is in ${output}`
    io.err(`lvsctl: ${oneLine(`${story}; ${place}`)}\n`)
  }
  return EXIT.ok
}

/** `lvsctl tokens revoke`. */
export async function runTokensRevoke(
  { io, client, json }: CliContext,
  id: string,
): Promise<ExitCode> {
  const answer = await client.ask('tokensRevoke', { id })
  const { name, user } = answer.revoked
  if (json) printJson(io, answer)
  else printLines(io, [oneLine(`token ${id} (${name} of ${user}) is revoked`)])
  return EXIT.ok
}
