import { CommanderError } from 'commander'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'
import { createProgram } from './create-program.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import type { Run } from './run.ts'
import { oneLine } from './text-width.ts'

/** Runs one command line without the program's name. Writes errors to standard error. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const run: Run = { io, exitCode: EXIT.ok }
  const program = createProgram(run)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return run.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const exitCode = exitCodeOf(error)
    if (error instanceof ServiceError) writeError(io, error, argv.includes('--json'))
    return exitCode
  }
}

function writeError(io: CliIo, { code, message }: ServiceError, json: boolean): void {
  if (json) io.err(`${JSON.stringify({ error: { code, message } })}\n`)
  else io.err(`lvsctl: ${oneLine(message)}\n`)
}
