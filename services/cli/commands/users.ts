import type { Role } from '../../shared/domain/access.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { askNewPassword, askPassword } from '../passwords.ts'
import { oneLine } from '../text-width.ts'
import { grantText, userLines } from '../views/access-view.ts'

/** What somebody may do. */
export interface GrantOptions {
  readonly role: Role
  /** Orders to these only. */
  readonly services?: string[]
}

/** `lvsctl users list`. */
export async function runUsersList({ io, client, json }: CliContext): Promise<ExitCode> {
  const answer = await client.ask('usersList', {})
  if (json) printJson(io, answer)
  else printLines(io, userLines(answer.users, lineWidth(io)))
  return EXIT.ok
}

/** `lvsctl users add`: `password` false makes a user that only tokens can speak for. */
export async function runUsersAdd(
  { io, client, json }: CliContext,
  name: string,
  { role, services, ...how }: GrantOptions & { password: boolean; passwordFile?: string },
): Promise<ExitCode> {
  const password = how.password ? await askNewPassword(io, name, how.passwordFile) : undefined
  const answer = await client.ask('usersAdd', {
    ...{ name, role },
    ...(services && { services }),
    ...(password !== undefined && { password }),
  })
  if (json) printJson(io, answer)
  else printLines(io, [oneLine(`${name} is ${grantText(answer.user)}`)])
  return EXIT.ok
}

/** `lvsctl users remove`. */
export async function runUsersRemove(
  { io, client, json }: CliContext,
  name: string,
): Promise<ExitCode> {
  const answer = await client.ask('usersRemove', { name })
  if (json) printJson(io, answer)
  else printLines(io, [oneLine(`${name} is removed, with ${answer.revokedTokens} tokens`)])
  return EXIT.ok
}

/** `lvsctl users grant`: another role, other services. */
export async function runUsersGrant(
  { io, client, json }: CliContext,
  name: string,
  { role, services }: GrantOptions,
): Promise<ExitCode> {
  const answer = await client.ask('usersGrant', { name, role, ...(services && { services }) })
  const { before, after } = answer
  if (json) printJson(io, answer)
  else printLines(io, [oneLine(`${name} is ${grantText(after)}, was ${grantText(before)}`)])
  return EXIT.ok
}

/** `lvsctl users passwd`: over the network one's own takes the old password, too. */
export async function runUsersPasswd(
  { io, client, json }: CliContext,
  wanted: string | undefined,
  passwordFile?: string,
): Promise<ExitCode> {
  const self = await client.ask('whoami', {})
  const name = wanted ?? self.name
  const needsOld = self.via === 'token' && self.name === name
  const oldPassword = needsOld ? await askPassword(io, `present password of ${name}`) : undefined
  const password = await askNewPassword(io, name, passwordFile)
  const answer = await client.ask('usersPasswd', {
    ...{ name, password },
    ...(oldPassword !== undefined && { oldPassword }),
  })
  if (json) printJson(io, answer)
  else {
    const ended = `${answer.revokedTokens} log-ins elsewhere are ended`
    printLines(io, [oneLine(`${name} has a new password; ${ended}`)])
  }
  return EXIT.ok
}
