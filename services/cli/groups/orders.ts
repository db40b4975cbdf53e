import type { Command } from 'commander'
import type { OverrideOptions } from '../commands/override.ts'
import { readDurationOf } from '../option-readers.ts'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, withDaemon } from '../run.ts'

type OrderOptions = CommonOptions & {
  readonly reason?: string
  readonly for?: number
  readonly wait?: boolean
}

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
      .argument('<target...>', 'SERVER in all its services, or SERVICE/SERVER')
      .option('-r, --reason <text>', 'why, for the colleagues')
    if (verb !== 'enable') {
      command.option('-f, --for <duration>', 'ends by itself: 30m, 4h, 1d', readDurationOf('--for'))
    }
    if (verb === 'drain') command.option('--no-wait', 'return at once')
    command.action(async (targets: string[], options: OrderOptions) => {
      const { runOverride } = await import('../commands/override.ts')
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
  addRelease(program, run)
  addPush(program, run)
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
