import type { Command } from 'commander'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createApiClient } from './api-client.ts'
import type { CliContext } from './cli-context.ts'
import type { CliIo } from './cli-io.ts'
import type { ExitCode } from './exit-code.ts'
import { type DaemonOptions, findDaemon } from './find-daemon.ts'
import { styleFor } from './style.ts'

/** One run of `lvsctl`, as every group of commands is given it. */
export interface Run {
  readonly io: CliIo
  /** What the process ends with, unless something is thrown. */
  exitCode: ExitCode
}

/** What every command takes. */
export interface CommonOptions extends DaemonOptions {
  readonly json?: boolean
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
    if (['help', 'completion', 'complete'].includes(command.name())) continue
    if (command.commands.length > 0) {
      addCommonOptions(command)
      continue
    }
    command.option('--json', 'answer in JSON')
    if (LOCAL.has(command)) continue
    command.option('--socket <path>', 'where the daemon of this machine listens')
    command.option('--server <server>', 'another daemon: https://HOST:PORT, or a name; local')
  }
}

/** Opens the way to the daemon for one command, and closes it. */
export async function withDaemon(
  run: Run,
  options: CommonOptions,
  command: (context: CliContext) => Promise<ExitCode>,
): Promise<void> {
  const { io } = run
  const client = createApiClient(await findDaemon(options, io))
  try {
    const json = options.json === true
    run.exitCode = await command({ io, client, style: styleFor(io), json })
  } finally {
    await client.close()
  }
}

/** The error for a command line that is wrong; exit code 2. */
export function usage(message: string): ServiceError {
  return new ServiceError('cli.usage', message)
}
