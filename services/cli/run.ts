import type { Command } from 'commander'
import { defaultPaths } from '../shared/runtime/default-paths.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createApiClient } from './api-client.ts'
import type { CliContext } from './cli-context.ts'
import type { CliIo } from './cli-io.ts'
import type { ExitCode } from './exit-code.ts'
import { styleFor } from './style.ts'

/** One run of `lvsctl`, as every group of commands is given it. */
export interface Run {
  readonly io: CliIo
  /** What the process ends with, unless something is thrown. */
  exitCode: ExitCode
}

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean
  readonly socket?: string
}

const LOCAL = new WeakSet<Command>()

/** Says that a command works without a daemon, so it takes no options that name one. */
export function withoutDaemon(command: Command): Command {
  LOCAL.add(command)
  return command
}

/** Gives each command of a program, however deep, the options that all have. */
export function addCommonOptions(program: Command): void {
  for (const command of program.commands) {
    if (command.name() === 'help') continue
    if (command.commands.length > 0) {
      addCommonOptions(command)
      continue
    }
    command.option('--json', 'answer in JSON')
    if (LOCAL.has(command)) continue
    command.option('--socket <path>', 'where the daemon listens')
  }
}

/** Opens the way to the daemon for one command, and closes it. */
export async function withDaemon(
  run: Run,
  { json, socket }: CommonOptions,
  command: (context: CliContext) => Promise<ExitCode>,
): Promise<void> {
  const { io } = run
  const socketPath = socket ?? (io.env['LVSCTL_SOCKET'] || defaultPaths({ env: io.env }).socketPath)
  const client = createApiClient({ socketPath, uid: process.getuid?.() ?? 0 })
  try {
    run.exitCode = await command({ io, client, style: styleFor(io), json: json === true })
  } finally {
    await client.close()
  }
}

/** The error for a command line that is wrong; exit code 2. */
export function usage(message: string): ServiceError {
  return new ServiceError('cli.usage', message)
}
