import { type Command, Option } from 'commander'
import type { HostRole } from '../doctor/role.ts'
import { RENDER_FORMATS, type RenderFormat } from '../render/formats.ts'
import { type CommonOptions, type Run, withDaemon } from '../run.ts'

const CLUSTER = ['-c, --cluster <file>', "a cluster file; the daemon's by default"] as const
const DIRECTOR = ['--director <address>', 'address of the director, for masquerading'] as const

/** Commands about machines: doctor, render. */
export function addHosts(program: Command, run: Run): void {
  addDoctor(program, run)
  const render = program
    .command('render')
    .description('print what sets a machine up for its part; changes nothing')
  addRender(render.command('realserver'), run, true)
  addRender(render.command('director'), run, false)
}

interface DoctorFlags extends CommonOptions {
  readonly role?: HostRole
  readonly cluster?: string
  readonly as?: string
  readonly director?: string
  readonly nats?: string
}

function addDoctor(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('look at this machine, and say what keeps it from its part; changes nothing')
    .addOption(
      new Option('--role <role>', 'what it is; guessed by default').choices([
        'director',
        'realserver',
      ]),
    )
    .option(...CLUSTER)
    .option('--as <server>', 'which real server it is; by its address by default')
    .option(...DIRECTOR)
    .addOption(
      new Option('--nats <urls>', 'NATS servers to ask, separated by commas').env(
        'LVS_WARDEN_NATS_URL',
      ),
    )
    .action(async ({ role, cluster, as, director, nats, ...options }: DoctorFlags) => {
      const { runDoctor } = await import('../commands/doctor.ts')
      const what = {
        ...(role !== undefined && { role }),
        ...(cluster !== undefined && { file: cluster }),
        ...(as !== undefined && { as }),
        ...(director !== undefined && { director }),
        ...(nats !== undefined && { nats }),
      }
      await withDaemon(run, options, (context) => runDoctor(context, what))
    })
}

interface RenderFlags extends CommonOptions {
  readonly format: RenderFormat
  readonly cluster?: string
  readonly director?: string
  readonly interface: string
}

function addRender(command: Command, run: Run, isServer: boolean): void {
  const description = isServer
    ? 'for a real server: VIPs that nobody sees, tunnels, gateway'
    : 'for a director: VIPs, forwarding, settings of the kernel'
  command.description(description)
  if (isServer) command.argument('<server>', 'its name in the cluster file')
  command
    .addOption(
      new Option('--format <format>', 'how it is written').choices(RENDER_FORMATS).default('shell'),
    )
    .option(...CLUSTER)
    .option(...DIRECTOR)
    .option('--interface <device>', 'device on the network of the cluster', 'eth0')
    .action(async (...args: unknown[]) => {
      const [server, flags] = isServer ? [String(args[0]), args[1]] : [undefined, args[0]]
      const { cluster, director, ...options } = flags as RenderFlags
      const { runRender } = await import('../commands/render.ts')
      await withDaemon(run, options, (context) =>
        runRender(context, {
          ...{ format: options.format, interface: options.interface },
          ...(server !== undefined && { server }),
          ...(cluster !== undefined && { file: cluster }),
          ...(director !== undefined && { director }),
        }),
      )
    })
}
