import { type Command, Option } from 'commander'
import { alerterOptions } from './alerter/alerter-flags.ts'
import type { AlerterProcessFlags } from './alerter/main.ts'
import { addHttpsFlags } from './console/https/https-flags.ts'
import type { ConsoleFlags } from './console/main.ts'
import type { ControllerFlags } from './controller/main.ts'
import type { DirectorFlags } from './director/main.ts'
import type { HistorianFlags } from './historian/main.ts'
import type { InitFlags } from './init/main.ts'
import type { ProberFlags } from './prober/main.ts'
import { addApartOptions, type Role } from './shared/process/apart-options.ts'
import { tableOption } from './shared/process/tables.ts'
import type { DefaultPaths } from './shared/runtime/default-paths.ts'
import { historyOptions } from './shared/runtime/history-settings.ts'

/** Adds a subcommand for each service that runs apart, over NATS. */
export function addApart(program: Command, paths: DefaultPaths): void {
  addController(begin(program, 'controller', 'turns observations into tables; one of them leads'))
  addProber(begin(program, 'prober', 'runs the checks and says what it sees'))
  addDirector(
    begin(program, 'director', 'keeps the IPVS table of this director as it should be'),
    paths,
  )
  addConsole(begin(program, 'console', 'answers operators: lvsctl and programs'), paths)
  addHistorian(
    begin(program, 'historian', 'writes down what happens, answers about the past'),
    paths,
  )
  addAlerter(begin(program, 'alerter', 'tells people what is raised and what is over'))
  addHealth(program)
  addInit(program)
}

function begin(program: Command, role: Role, description: string): Command {
  return addApartOptions(program.command(role).description(description), role)
}

function addController(command: Command): void {
  command
    .addOption(
      new Option('--cluster-file <file>', 'put in force when the cluster has no revision yet').env(
        'LVS_WARDEN_CLUSTER_FILE',
      ),
    )
    .action(async (flags: ControllerFlags) => {
      const { runController } = await import('./controller/main.ts')
      await runController(flags)
    })
}

function addProber(command: Command): void {
  command
    .addOption(
      new Option('--vantage <name>', 'the place it looks from; its own name by default').env(
        'LVS_WARDEN_VANTAGE',
      ),
    )
    .addOption(
      new Option('--tag <tag>', 'a word about it for status, or several with commas; repeatable')
        .env('LVS_WARDEN_TAG')
        .argParser((text: string, before: readonly string[]) => [...before, ...text.split(',')])
        .default([]),
    )
    .action(async (flags: ProberFlags) => {
      const { runProber } = await import('./prober/main.ts')
      await runProber(flags)
    })
}

function addDirector(command: Command, paths: DefaultPaths): void {
  const why = 'where the table is kept, to be put back after a reboot while nobody leads'
  command
    .addOption(tableOption())
    .addOption(new Option('--state <dir>', why).env('LVS_WARDEN_STATE').default(paths.stateDir))
    .option('--clear-on-exit', 'take our services out of the table when stopping', false)
    .option('--shadow', 'compare what we would do with the table, and write nothing', false)
    .option('--hooks <dir>', 'the only folder whose programs are run as hooks; none without it')
    .action(async (flags: DirectorFlags) => {
      const { runDirector } = await import('./director/main.ts')
      await runDirector(flags)
    })
}

function addConsole(command: Command, paths: DefaultPaths): void {
  const option = (flags: string, description: string, variable: string, path: string) =>
    new Option(flags, description).env(variable).default(path)
  command
    .addOption(
      option('--socket <path>', 'where lvsctl talks to it', 'LVS_WARDEN_SOCKET', paths.socketPath),
    )
    .addOption(
      option('--state <dir>', 'where its certificate is kept', 'LVS_WARDEN_STATE', paths.stateDir),
    )
    .action(async (flags: ConsoleFlags) => {
      const { runConsole } = await import('./console/main.ts')
      await runConsole(flags)
    })
  addHttpsFlags(command)
}

function addHistorian(command: Command, paths: DefaultPaths): void {
  const why = 'where local history is kept, or what waits for InfluxDB'
  command
    .addOption(new Option('--state <dir>', why).env('LVS_WARDEN_STATE').default(paths.stateDir))
    .action(async (flags: HistorianFlags) => {
      const { runHistorian } = await import('./historian/main.ts')
      await runHistorian(flags)
    })
  for (const option of historyOptions()) command.addOption(option)
}

function addAlerter(command: Command): void {
  for (const option of alerterOptions()) command.addOption(option)
  command.action(async (flags: AlerterProcessFlags) => {
    const { runAlerter } = await import('./alerter/main.ts')
    await runAlerter(flags)
  })
}

/** For health checks of containers and scripts, where neither curl nor wget is. */
function addHealth(program: Command): void {
  program
    .command('health')
    .description('asks a service of this host whether it is ready; exit code 1 when it is not')
    .addOption(
      new Option('--http <addr:port>', 'where it answers /readyz')
        .env('LVS_WARDEN_HTTP')
        .makeOptionMandatory(),
    )
    .action(async ({ http }: { readonly http: string }) => {
      const { askHealth } = await import('./shared/process/ask-health.ts')
      const { isReady, story } = await askHealth('--http (LVS_WARDEN_HTTP)', http)
      process.stdout.write(`${story}\n`)
      if (!isReady) process.exitCode = 1
    })
}

function addInit(program: Command): void {
  program
    .command('init')
    .description('makes passwords, NATS users and .env for docker-compose.yml; keeps what is there')
    .requiredOption('--cluster-name <name>', 'the cluster, as its cluster file names it')
    .option('--dir <dir>', 'the folder of docker-compose.yml', '.')
    .action(async (flags: InitFlags) => {
      const { runInit } = await import('./init/main.ts')
      await runInit(flags)
    })
}
