import { type Argument, Command } from 'commander'
import { programVersion } from '../shared/runtime/program-version.ts'
import { addAccess } from './groups/access.ts'
import { addAlerts } from './groups/alerts.ts'
import { addClusterFiles } from './groups/cluster-files.ts'
import { addHistory } from './groups/history.ts'
import { addHosts } from './groups/hosts.ts'
import { addOrders } from './groups/orders.ts'
import { addQuestions } from './groups/questions.ts'
import { addReport } from './groups/report.ts'
import { addShells } from './groups/shells.ts'
import { addWindows } from './groups/windows.ts'
import { helpEnd } from './help-text.ts'
import { addCommonOptions, type Run } from './run.ts'

const MAX_HELP_WIDTH = 100

/**
 * The command line of `lvsctl` with all its commands: what `--help`, the man page and the shells'
 * completion are made from. A group of commands is a file in `groups/`; what a command does is a
 * file in `commands/`, loaded when it is asked for.
 */
export function createProgram(run: Run): Command {
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
    .version(programVersion(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('(lvsctl --help tells more)')
    .addHelpText('after', helpEnd())
  addQuestions(program, run)
  addHistory(program, run)
  addReport(program, run)
  addOrders(program, run)
  addClusterFiles(program, run)
  addAccess(program, run)
  addWindows(program, run)
  addAlerts(program, run)
  addShells(program, run)
  addHosts(program, run)
  addCommonOptions(program)
  return program
}

function argumentsOf({ registeredArguments }: Command): string {
  return registeredArguments.map(inCapitals).join(' ')
}

function inCapitals(argument: Argument): string {
  const name = argument.name().toUpperCase() + (argument.variadic ? '...' : '')
  return argument.required ? name : `[${name}]`
}
