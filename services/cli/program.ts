import { type Argument, Command, CommanderError } from 'commander'
import { parseDuration } from '../shared/domain/duration.ts'
import { defaultPaths } from '../shared/runtime/default-paths.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createApiClient } from './api-client.ts'
import type { CliContext } from './cli-context.ts'
import type { CliIo } from './cli-io.ts'
import type { OverrideOptions } from './commands/override.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { ownerName } from './owner.ts'
import { styleFor } from './style.ts'
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

interface Run {
  readonly io: CliIo
  exitCode: ExitCode
}

interface CommonOptions {
  readonly json?: boolean
  readonly socket?: string
}

const MAX_HELP_WIDTH = 100
const HELP_END = `
TARGET is a real server in all its services (web1), or in one of them (web/web1).

Exit codes: 0 ok; 1 the answer is no (a check failed, the file is not valid, a drain refused or
given up); 2 wrong usage; 3 no daemon or no way to talk to it; 4 refused by the daemon.
Environment: LVSCTL_SOCKET (as --socket), NO_COLOR.`

function createProgram(run: Run): Command {
  const { io } = run
  const program = new Command('lvsctl')
  program
    .description('Asks and orders the LVS Warden of this machine.')
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error:/, 'lvsctl:')),
    })
    .configureHelp({
      helpWidth: Math.min(io.terminal?.columns() ?? MAX_HELP_WIDTH, MAX_HELP_WIDTH),
      subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`,
    })
    .exitOverride()
    .showHelpAfterError('(lvsctl --help tells more)')
    .addHelpText('after', HELP_END)
  addQuestions(program, run)
  addOrders(program, run)
  addPush(program, run)
  addFileCommands(program, run)
  for (const command of program.commands) {
    if (command.name() === 'help') continue
    command.option('--json', 'answer in JSON')
    if (command.name() !== 'validate') {
      command.option('--socket <path>', 'where the daemon listens')
    }
  }
  return program
}

function argumentsOf({ registeredArguments }: Command): string {
  return registeredArguments.map(inCapitals).join(' ')
}

function inCapitals(argument: Argument): string {
  const name = argument.name().toUpperCase() + (argument.variadic ? '...' : '')
  return argument.required ? name : `[${name}]`
}

/** Opens the way to the daemon for one command, and closes it. */
async function withDaemon(
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

function addQuestions(program: Command, run: Run): void {
  program
    .command('status')
    .description('services, real servers and directors; what is wrong comes first')
    .argument('[service...]', 'only these virtual services')
    .option('-w, --watch', 'redraw each second until q or Ctrl-C')
    .action(async (services: string[], options: CommonOptions & { watch?: boolean }) => {
      const { runStatus } = await import('./commands/status.ts')
      await withDaemon(run, options, (context) =>
        runStatus(context, { services, watch: options.watch === true }),
      )
    })
  program
    .command('why')
    .description('why a real server has the weight that it has')
    .argument('<target>', 'SERVICE/SERVER, or SERVER for all its services')
    .action(async (target: string, options: CommonOptions) => {
      const { runWhy } = await import('./commands/why.ts')
      await withDaemon(run, options, (context) => runWhy(context, target))
    })
  program
    .command('check')
    .description('run the checks of a real server once and show the dialogue; changes nothing')
    .argument('<target>', 'SERVICE/SERVER, or SERVER for all its services')
    .action(async (target: string, options: CommonOptions) => {
      const { runCheckOnce } = await import('./commands/check.ts')
      await withDaemon(run, options, (context) => runCheckOnce(context, target))
    })
  program
    .command('events')
    .description('what happened: transitions, orders, guards, repairs; oldest first')
    .option('-n, --limit <number>', 'at most so many, 1 to 10000', readLimit, 50)
    .action(async (options: CommonOptions & { limit: number }) => {
      const { runEvents } = await import('./commands/events.ts')
      await withDaemon(run, options, (context) => runEvents(context, options.limit))
    })
}

type OrderOptions = CommonOptions & {
  readonly reason?: string
  readonly for?: number
  readonly wait?: boolean
}

function addOrders(program: Command, run: Run): void {
  const orders = [
    ['drain', 'no new connections; out when the last one has ended. Waits for that'],
    ['maintenance', 'as if it had failed: weight 0 or out of the table at once, as onFailure says'],
    ['enable', 'ends drain and maintenance; it serves again if its checks pass'],
  ] as const
  for (const [verb, description] of orders) {
    const command = program
      .command(verb)
      .description(description)
      .argument('<target...>', 'SERVER in all its services, or SERVICE/SERVER')
      .option('-r, --reason <text>', 'why, for the colleagues')
    if (verb !== 'enable') {
      command.option('-f, --for <duration>', 'ends by itself: 30m, 4h, 1d', readDuration)
    }
    if (verb === 'drain') command.option('--no-wait', 'return at once')
    command.action(async (targets: string[], options: OrderOptions) => {
      const { runOverride } = await import('./commands/override.ts')
      const order: OverrideOptions = {
        verb,
        targets,
        owner: ownerName(run.io.env),
        reason: options.reason ?? '',
        ...(options.for !== undefined && { forMs: options.for }),
        wait: options.wait ?? true,
      }
      await withDaemon(run, options, (context) => runOverride(context, order))
    })
  }
}

function addPush(program: Command, run: Run): void {
  program
    .command('push')
    .description('say how a real server is, for its checks of type push')
    .argument('<target>', 'SERVICE/SERVER, or SERVER for all its services')
    .argument('<state>', 'ok, fail, or the share of its weight that it wants: 75%')
    .option('-m, --message <text>', 'why, for people')
    .action(
      async (target: string, state: string, options: CommonOptions & { message?: string }) => {
        const { runPush } = await import('./commands/push.ts')
        const word = { target, state, message: options.message ?? '' }
        await withDaemon(run, options, (context) => runPush(context, word))
      },
    )
}

function addFileCommands(program: Command, run: Run): void {
  const { io } = run
  program
    .command('reload')
    .description('read the cluster file again; one with errors changes nothing')
    .action(async (options: CommonOptions) => {
      const { runReload } = await import('./commands/reload.ts')
      await withDaemon(run, options, (context) => runReload(context, ownerName(io.env)))
    })
  program
    .command('validate')
    .description('look for errors and traps in a cluster file; needs no daemon')
    .argument('[file]', 'a cluster file, - for standard input')
    .option('--schema', 'print the JSON Schema of cluster files instead')
    .action(async (file: string | undefined, options: CommonOptions & { schema?: boolean }) => {
      const { runValidate, runValidateSchema } = await import('./commands/validate.ts')
      if (options.schema === true) run.exitCode = runValidateSchema(io)
      else if (file === undefined) throw usage('validate needs a FILE, or --schema')
      else {
        const how = { io, style: styleFor(io), json: options.json === true }
        run.exitCode = await runValidate(how, file)
      }
    })
}

function readDuration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms <= 0) {
    throw usage(`--for ${oneLine(text)}: wanted a duration with units such as 30m, 4h or 1h30m`)
  }
  return ms
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit
  throw usage(`--limit ${oneLine(text)}: wanted a whole number from 1 to 10000`)
}

function usage(message: string): ServiceError {
  return new ServiceError('cli.usage', message)
}

function writeError(io: CliIo, { code, message }: ServiceError, json: boolean): void {
  if (json) io.err(`${JSON.stringify({ error: { code, message } })}\n`)
  else io.err(`lvsctl: ${oneLine(message)}\n`)
}
