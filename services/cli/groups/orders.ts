import { type Command, Option } from 'commander'
import { DEADLINE_ACTS, type DeadlineAct } from '../../shared/domain/override.ts'
import type { OverrideOptions } from '../commands/override.ts'
import { readDurationOf } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, usage, withDaemon } from '../run.ts'
import {
  addRollingOptions,
  isHeld,
  isRolling,
  type RollingFlags,
  rollingOptions,
} from './rolling.ts'

type OrderOptions = CommonOptions & {
  readonly reason?: string
  readonly for?: number
  readonly wait?: boolean
  readonly force?: boolean
  readonly zone?: readonly string[]
  readonly deadline?: number
  readonly atDeadline?: DeadlineAct
  readonly hold?: boolean
  readonly then?: 'remove' | 'hold'
} & RollingFlags

/** An operator's word about real servers: drain, maintenance, enable, push. */
export function addOrders(program: Command, run: Run): void {
  const orders = [
    ['drain', 'no new connections; out when the last one has ended. Waits for that'],
    ['maintenance', 'as if it had failed: weight 0 or out of the table at once, as onFailure says'],
    ['enable', 'ends drain and maintenance; it serves again if its checks pass'],
  ] as const
  for (const [verb, description] of orders) {
    const command = program
      .command(verb)
      .description(description)
      .argument('[target...]', 'SERVER in all its services, or SERVICE/SERVER')
      .option('-z, --zone <name...>', 'all real servers of these zones')
      .option('-r, --reason <text>', 'why, for the colleagues')
    if (verb !== 'enable') {
      command.option('-f, --for <duration>', 'ends by itself: 30m, 4h, 1d', readDurationOf('--for'))
    }
    if (verb !== 'enable') command.option('--force', 'also where the rest cannot carry it')
    if (verb === 'drain') addDrainOptions(command)
    command.action(async (targets: string[], options: OrderOptions) => {
      if (isRolling(options)) return roll(run, targets, options)
      const { runOverride } = await import('../commands/override.ts')
      const order: OverrideOptions = {
        verb,
        targets: withZones(targets, options.zone),
        owner: ownerName(run.io.env),
        reason: options.reason ?? '',
        ...(options.for !== undefined && { forMs: options.for }),
        wait: options.wait ?? true,
        ...(options.force === true && { force: true }),
        ...(options.deadline !== undefined && { deadlineMs: options.deadline }),
        ...(options.atDeadline !== undefined && { atDeadline: options.atDeadline }),
        ...(isHeld(options) && { hold: true }),
      }
      await withDaemon(run, options, (context) => runOverride(context, order))
    })
  }
  addWeight(program, run)
  addProject(program, run)
  addRelease(program, run)
  addPush(program, run)
}

function addDrainOptions(command: Command): void {
  command
    .option('--no-wait', 'return at once')
    .option('--deadline <duration>', 'how long it may take', readDurationOf('--deadline'))
    .addOption(
      new Option(
        '--at-deadline <act>',
        'then: wait on, take the row out, or cut what is left',
      ).choices(DEADLINE_ACTS),
    )
    .addOption(
      new Option('--then <act>', 'when it is over: take the row out, or hold it at weight 0')
        .choices(['remove', 'hold'])
        .conflicts('hold'),
    )
    .option('--hold', 'the same as --then hold')
  addRollingOptions(command)
}

async function roll(run: Run, targets: readonly string[], options: OrderOptions): Promise<void> {
  const { runRolling } = await import('../commands/rolling.ts')
  const rolling = rollingOptions(targets, options, ownerName(run.io.env))
  await withDaemon(run, options, (context) => runRolling(context, rolling))
}

function withZones(targets: readonly string[], zones: readonly string[] = []): readonly string[] {
  const all = [...targets, ...zones.map((zone) => `zone:${zone}`)]
  if (all.length === 0) throw usage('wanted a TARGET, or --zone')
  return all
}

function addWeight(program: Command, run: Run): void {
  program
    .command('weight')
    .description('another weight than the configured one: 50, 50%, or configured to end that')
    .argument('<target>', 'SERVER in all its services, or SERVICE/SERVER')
    .argument('<weight>', '0 to 65535, a share of the configured weight, or configured')
    .option('-f, --for <duration>', 'ends by itself: 30m, 4h, 1d', readDurationOf('--for'))
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (target: string, weight: string, options: OrderOptions) => {
      const { runWeight } = await import('../commands/weight.ts')
      const order = {
        target,
        weight,
        owner: ownerName(run.io.env),
        reason: options.reason ?? '',
        ...(options.for !== undefined && { forMs: options.for }),
      }
      await withDaemon(run, options, (context) => runWeight(context, order))
    })
}

function addProject(program: Command, run: Run): void {
  program
    .command('project')
    .description('whether the others would carry the load of real servers; changes nothing')
    .argument('[target...]', 'SERVER in all its services, or SERVICE/SERVER')
    .option('-z, --zone <name...>', 'all real servers of these zones')
    .action(async (targets: string[], options: OrderOptions) => {
      const { runProject } = await import('../commands/project.ts')
      const all = withZones(targets, options.zone)
      await withDaemon(run, options, (context) => runProject(context, all))
    })
}

function addRelease(program: Command, run: Run): void {
  program
    .command('release')
    .description('believe the failures that the breaker of a service holds back')
    .argument('<service...>', 'virtual services that are frozen')
    .option('-r, --reason <text>', 'why, for the colleagues')
    .action(async (services: string[], options: OrderOptions) => {
      const { runRelease } = await import('../commands/release.ts')
      const order = { services, owner: ownerName(run.io.env), reason: options.reason ?? '' }
      await withDaemon(run, options, (context) => runRelease(context, order))
    })
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
        const { runPush } = await import('../commands/push.ts')
        const word = { target, state, message: options.message ?? '' }
        await withDaemon(run, options, (context) => runPush(context, word))
      },
    )
}
