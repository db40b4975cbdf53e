import type { Command } from 'commander'
import { ownerName } from '../owner.ts'
import { type CommonOptions, type Run, withDaemon } from '../run.ts'

/** Commands about telling people: alerts test. */
export function addAlerts(program: Command, run: Run): void {
  const alerts = program.command('alerts').description('how people are told what is wrong')
  alerts
    .command('test')
    .description('send a test by one channel and say what came of it')
    .argument('<channel>', 'its name in the cluster file')
    .action(async (channel: string, options: CommonOptions) => {
      const { runAlertTest } = await import('../commands/alert-test.ts')
      await withDaemon(run, options, (context) =>
        runAlertTest(context, { channel, by: ownerName(run.io.env) }),
      )
    })
}
