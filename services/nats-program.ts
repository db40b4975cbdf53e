import { type Command, Option } from 'commander'
import { checkName } from './shared/process/apart-options.ts'

/** Adds the subcommand that writes the users of a nats-server. */
export function addNats(program: Command): void {
  program
    .command('nats-users')
    .description('prints the users of a nats-server for a cluster, with what each role may do')
    .addOption(
      new Option('--cluster-name <name>', 'the cluster, as its cluster file names it')
        .env('LVS_WARDEN_CLUSTER_NAME')
        .makeOptionMandatory(),
    )
    .option(
      '--passwords <file>',
      'file that the server takes passwords from, as seen from this one',
      'passwords.conf',
    )
    .action(async (options: { readonly clusterName: string; readonly passwords: string }) => {
      const { usersConfig } = await import('./shared/adapters/nats/server-config.ts')
      const cluster = checkName('--cluster-name (LVS_WARDEN_CLUSTER_NAME)', options.clusterName)
      process.stdout.write(usersConfig(cluster, options.passwords))
    })
}
