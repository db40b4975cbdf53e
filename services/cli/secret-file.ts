import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'

/** The first line of a file, `-` for standard input; throws `cli.usage`. */
export async function readSecretFile(io: CliIo, file: string): Promise<string> {
  try {
    return (await io.readFile(file)).split(/\r?\n/)[0] ?? ''
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('cli.usage', `cannot read ${file}: ${reason}`, { cause: error })
  }
}
