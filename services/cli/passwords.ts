import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'
import { readSecretFile } from './secret-file.ts'

/** A password that somebody has; throws `cli.usage` when nobody can be asked. */
export async function askPassword(io: CliIo, question: string, file?: string): Promise<string> {
  if (file !== undefined) return readSecretFile(io, file)
  const typed = await io.readSecret(`${question}: `)
  if (typed !== undefined) return typed
  throw new ServiceError('cli.usage', 'there is no terminal to ask on: use --password-file FILE')
}

/** A password that is new, asked for twice. */
export async function askNewPassword(io: CliIo, who: string, file?: string): Promise<string> {
  const password = await askPassword(io, `new password for ${who}`, file)
  if (file !== undefined) return password
  if ((await askPassword(io, 'the same again')) === password) return password
  throw new ServiceError('cli.no', 'these were two different passwords: nothing was changed')
}
