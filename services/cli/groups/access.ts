import { type Command, Option } from 'commander'
import { ROLES, type Role } from '../../shared/domain/access.ts'
import { readDurationOf, readLimit, readList } from '../option-readers.ts'
import { type CommonOptions, type Run, withDaemon, withoutDaemon } from '../run.ts'

/** Commands about who may do what, and who did: login, users, tokens, audit. */
export function addAccess(program: Command, run: Run): void {
  addLogin(program, run)
  addUsers(program.command('users').description('who may log in, and what they may do'), run)
  addTokens(program.command('tokens').description('keys for programs and for log-ins'), run)
  program
    .command('audit')
    .description('who changed what, from where and why; oldest first')
    .option('-n, --limit <number>', 'at most so many, 1 to 10000', readLimit, 100)
    .option('--since <duration>', 'only the last 30m, 4h, 7d', readDurationOf('--since'))
    .option('--user <name>', 'only what this one asked for')
    .action(async ({ limit, since, user, ...options }: AuditFlags) => {
      const { runAudit } = await import('../commands/audit.ts')
      const which = {
        limit,
        ...(since !== undefined && { sinceMs: since }),
        ...(user !== undefined && { user }),
      }
      await withDaemon(run, options, (context) => runAudit(context, which))
    })
}

interface AuditFlags extends CommonOptions {
  readonly limit: number
  readonly since?: number
  readonly user?: string
}

interface LoginFlags {
  readonly json?: boolean
  readonly server?: string
  readonly user?: string
  readonly name?: string
  readonly ca?: string
  readonly fingerprint?: string
  readonly trustOnFirstUse?: boolean
  readonly passwordFile?: string
  readonly for?: number
}

function addLogin(program: Command, run: Run): void {
  withoutDaemon(program.command('login'))
    .description('log in to a daemon over the network; later commands then ask that one')
    .option('--server <server>', 'https://HOST:PORT, or a name; the last one when absent')
    .option('--user <name>', 'as whom; oneself when absent')
    .option('--name <name>', 'what to call the server from now on')
    .option('--ca <file>', 'believe these authorities')
    .option('--fingerprint <sha256>', 'believe this certificate and no other')
    .option('--trust-on-first-use', 'believe whatever certificate comes now, and no other later')
    .option('--password-file <file>', 'the password is its first line, - for standard input')
    .option('-f, --for <duration>', 'how long it holds: 12h when absent', readDurationOf('--for'))
    .action(async ({ for: forMs, ...flags }: LoginFlags) => {
      const { runLogin } = await import('../commands/login.ts')
      const options = { ...flags, json: flags.json === true, ...(forMs !== undefined && { forMs }) }
      run.exitCode = await runLogin(run.io, options)
    })
  program
    .command('logout')
    .description('end the log-in: the token is revoked and forgotten')
    .action(async ({ json, ...options }: CommonOptions) => {
      const { runLogout } = await import('../commands/logout.ts')
      run.exitCode = await runLogout(run.io, { ...options, json: json === true })
    })
  program
    .command('whoami')
    .description('who the daemon takes you for')
    .action(async (options: CommonOptions) => {
      const { runWhoami } = await import('../commands/whoami.ts')
      await withDaemon(run, options, runWhoami)
    })
}

interface GrantFlags extends CommonOptions {
  readonly role: Role
  readonly services?: string[]
}

const roleOption = () => new Option('--role <role>', 'how much').choices(ROLES)
const SERVICES = [
  '--services <list>',
  'orders to these virtual services only: web,mail-*',
  readList,
] as const

function addUsers(users: Command, run: Run): void {
  users
    .command('list')
    .description('everybody')
    .action(async (options: CommonOptions) => {
      const { runUsersList } = await import('../commands/users.ts')
      await withDaemon(run, options, runUsersList)
    })
  users
    .command('add')
    .description('a new user; asks for the password')
    .argument('<name>', 'letters, digits, and . _ -')
    .addOption(roleOption().makeOptionMandatory())
    .option(...SERVICES)
    .option('--no-password', 'for programs: only tokens open the door')
    .option('--password-file <file>', 'the password is its first line, - for standard input')
    .action(async (name: string, flags: GrantFlags & AddFlags) => {
      const { runUsersAdd } = await import('../commands/users.ts')
      await withDaemon(run, flags, (context) => runUsersAdd(context, name, flags))
    })
  users
    .command('passwd')
    .description('a new password; ends log-ins elsewhere')
    .argument('[name]', 'oneself when absent')
    .option('--password-file <file>', 'the password is its first line, - for standard input')
    .action(async (name: string | undefined, flags: CommonOptions & { passwordFile?: string }) => {
      const { runUsersPasswd } = await import('../commands/users.ts')
      await withDaemon(run, flags, (context) => runUsersPasswd(context, name, flags.passwordFile))
    })
  users
    .command('grant')
    .description('another role, other services; holds at once')
    .argument('<name>', 'a user')
    .addOption(roleOption().makeOptionMandatory())
    .option(...SERVICES)
    .action(async (name: string, flags: GrantFlags) => {
      const { runUsersGrant } = await import('../commands/users.ts')
      await withDaemon(run, flags, (context) => runUsersGrant(context, name, flags))
    })
  users
    .command('remove')
    .description('a user and all its tokens; holds at once')
    .argument('<name>', 'a user')
    .action(async (name: string, options: CommonOptions) => {
      const { runUsersRemove } = await import('../commands/users.ts')
      await withDaemon(run, options, (context) => runUsersRemove(context, name))
    })
}

interface AddFlags {
  readonly password: boolean
  readonly passwordFile?: string
}

interface TokenFlags extends CommonOptions {
  readonly user?: string
  readonly role?: Role
  readonly services?: string[]
  readonly for: number
  readonly output?: string
}

function addTokens(tokens: Command, run: Run): void {
  tokens
    .command('list')
    .description('one’s own, and everybody’s for an admin; never the tokens themselves')
    .action(async (options: CommonOptions) => {
      const { runTokensList } = await import('../commands/tokens.ts')
      await withDaemon(run, options, runTokensList)
    })
  tokens
    .command('create')
    .description('a token for a program; shown once')
    .argument('<name>', 'what it is for')
    .option('--user <name>', 'whose: oneself when absent')
    .addOption(roleOption())
    .option(...SERVICES)
    .requiredOption('-f, --for <duration>', 'how long it holds: 90d', readDurationOf('--for'))
    .option('-o, --output <file>', 'write it into a file for its owner only')
    .action(async (name: string, { for: forMs, ...flags }: TokenFlags) => {
      const { runTokensCreate } = await import('../commands/tokens.ts')
      const { user, role, services, output } = flags
      const wish = {
        ...{ forMs },
        ...(user !== undefined && { user }),
        ...(role !== undefined && { role }),
        ...(services !== undefined && { services }),
        ...(output !== undefined && { output }),
      }
      await withDaemon(run, flags, (context) => runTokensCreate(context, name, wish))
    })
  tokens
    .command('revoke')
    .description('end a token; holds at once')
    .argument('<id>', 'as tokens list shows it')
    .action(async (id: string, options: CommonOptions) => {
      const { runTokensRevoke } = await import('../commands/tokens.ts')
      await withDaemon(run, options, (context) => runTokensRevoke(context, id))
    })
}
