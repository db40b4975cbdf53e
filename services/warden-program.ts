import { Command, Option } from 'commander'
import { addApart } from './apart-program.ts'
import { addHttpsFlags } from './console/https/https-flags.ts'
import { addNats } from './nats-program.ts'
import { tableOption } from './shared/process/tables.ts'
import { type DefaultPaths, defaultPaths } from './shared/runtime/default-paths.ts'
import { historyOptions } from './shared/runtime/history-settings.ts'
import { programVersion } from './shared/runtime/program-version.ts'
import type { DemoOptions } from './standalone/demo/main.ts'
import type { StandaloneOptions } from './standalone/main.ts'

/** The command line of `lvs-warden`: what `--help` and the man page are made from. */
export function createWardenProgram(paths = defaultPaths()): Command {
  const program = new Command('lvs-warden')
    .description(
      'Watches the real servers of Linux Virtual Server clusters and keeps the IPVS tables right.',
    )
    .version(programVersion(), '-V, --version')
  addStandalone(program, paths)
  addApart(program, paths)
  addNats(program)
  addDemo(program, paths)
  return program
}

function addStandalone(program: Command, paths: DefaultPaths): void {
  const command = program
    .command('standalone')
    .description('the whole monitor in one process, on one director')
    .requiredOption('--cluster <file>', 'the cluster file')
    .addOption(tableOption())
    .option('--state <dir>', 'where overrides, events and revisions are kept', paths.stateDir)
    .option('--socket <path>', 'where lvsctl talks to it', paths.socketPath)
    .option('--clear-on-exit', 'take our services out of the table when stopping', false)
    .option('--shadow', 'compare what we would do with the table, and write nothing', false)
    .option('--hooks <dir>', 'the only folder whose programs are run as hooks; none without it')
    .option('--alert-programs <dir>', 'the only folder whose programs channels of alerts may run')
    .option('--http <addr:port>', 'where /healthz, /readyz and /metrics are answered')
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (options: StandaloneOptions) => {
      const { runStandalone } = await import('./standalone/main.ts')
      await runStandalone(options)
    })
  addHttpsFlags(command)
  for (const option of historyOptions()) command.addOption(option)
}

function addDemo(program: Command, paths: DefaultPaths): void {
  const command = program
    .command('demo')
    .description('a cluster of real servers on loopback in one process, to look at and play with')
    .option('--socket <path>', 'where lvsctl talks to it', paths.socketPath)
    .option('--for <duration>', 'end by itself after this long, as in 30s')
    .option('--plain', 'lines in place of the live view, as on anything but a terminal', false)
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('./standalone/demo/main.ts')
      await runDemo(options)
    })
  for (const option of historyOptions()) command.addOption(option)
}
