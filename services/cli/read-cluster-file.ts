import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'

/** The text of a cluster file, `-` for standard input. Throws `cli.usage`. */
export async function readClusterFile(io: CliIo, file: string): Promise<string> {
  try {
    return await io.readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('cli.usage', `cannot read ${file}: ${reason}`, { cause: error })
  }
}
