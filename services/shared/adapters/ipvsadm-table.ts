import { serverKey } from '../domain/server-key.ts'
import type {
  Change,
  ChangeFailure,
  CountedServer,
  CountedService,
  CountedTable,
} from '../domain/table.ts'
import { headDifferences, serverDifferences } from '../domain/table-difference.ts'
import { serviceKey } from '../domain/virtual-service.ts'
import type { IpvsDescription, IpvsTable } from '../ports/ipvs-table.ts'
import { describeChange } from './change-failure.ts'
import { ipvsadmRefusal, ipvsadmRule } from './ipvsadm/ipvsadm-rule.ts'
import { mergeListings } from './ipvsadm/merge-listings.ts'
import { type RunIpvsadm, runIpvsadm } from './ipvsadm/run-ipvsadm.ts'
import { createMemoryTable } from './memory-table.ts'

/**
 * The kernel's table by way of the program ipvsadm, for where netlink cannot be used. Its exit
 * status is never trusted: a copy of the table says beforehand what the kernel will refuse, and the
 * table is read again afterwards; what differs was not applied. Calls throw a `ServiceError`:
 * `ipvs.no-ipvsadm`, `ipvs.no-kernel`, `ipvs.permission`, or a retryable one.
 */
export function createIpvsadmTable(options: { readonly run?: RunIpvsadm } = {}): IpvsTable {
  const run = options.run ?? ((args, input) => runIpvsadm(args, input))
  return {
    name: 'ipvsadm',
    describe: () => describe(run),
    read: () => read(run),
    apply: (changes) => apply(run, changes),
    close() {},
  }
}

async function describe(run: RunIpvsadm): Promise<IpvsDescription> {
  const { stdout } = await run(['-Ln'])
  const match = /version (\S+) \(size=(\d+)\)/.exec(stdout)
  if (match?.[1] === undefined) return {}
  return { version: match[1], connectionTableSize: Number(match[2]) }
}

async function read(run: RunIpvsadm): Promise<CountedTable> {
  // One after the other: five starts at once would keep this process from its sockets for long.
  const print = async (...args: string[]) => (await run(args)).stdout
  return mergeListings({
    rules: await print('-Sn'),
    thresholds: await print('-Ln', '--thresholds'),
    connections: await print('-Ln', '--persistent-conn'),
    stats: await print('-Ln', '--stats', '--exact'),
    rate: await print('-Ln', '--rate', '--exact'),
  })
}

/** The table with all counters 0, for less than half the price. */
async function readConfiguration(run: RunIpvsadm): Promise<CountedTable> {
  const rules = await run(['-Sn'])
  const thresholds = await run(['-Ln', '--thresholds'])
  const none = { connections: '', stats: '', rate: '' }
  return mergeListings({ rules: rules.stdout, thresholds: thresholds.stdout, ...none })
}

async function apply(
  run: RunIpvsadm,
  changes: readonly Change[],
): Promise<readonly ChangeFailure[]> {
  if (changes.length === 0) return []
  const failures: ChangeFailure[] = []
  const possible: Change[] = []
  for (const change of changes) {
    const refusal = ipvsadmRefusal(change)
    if (refusal === undefined) possible.push(change)
    else failures.push(notApplied(change, refusal))
  }
  const expected = createMemoryTable(await readConfiguration(run))
  const refused = await expected.apply(possible)
  failures.push(...refused)
  const hopeless = new Set(refused.map(({ change }) => change))
  const rules = possible.filter((change) => !hopeless.has(change)).map(ipvsadmRule)
  const said = await runRules(run, rules)
  const actual = await readConfiguration(run)
  return [...failures, ...missing(possible, hopeless, await expected.read(), actual, said)]
}

/**
 * All rules in one run; where one stops the run (`-R` ends at what it cannot parse), each by
 * itself.
 */
async function runRules(run: RunIpvsadm, rules: readonly (readonly string[])[]): Promise<string> {
  if (rules.length === 0) return ''
  const lines = rules.map((rule) => `${rule.join(' ')}\n`)
  const { status, stderr } = await run(['-R'], lines.join(''))
  if (status === 0) return stderr
  const said: string[] = []
  for (const rule of rules) said.push((await run(rule)).stderr)
  return said.join('')
}

/** The last change of each service and row, where the table is not as that change leaves it. */
function missing(
  changes: readonly Change[],
  hopeless: ReadonlySet<Change>,
  expected: CountedTable,
  actual: CountedTable,
  said: string,
): ChangeFailure[] {
  const want = indexed(expected)
  const found = indexed(actual)
  const last = new Map<string, Change>()
  for (const change of changes) if (!hopeless.has(change)) last.set(subject(change), change)
  const words = said.trim().split('\n')[0] ?? ''
  const reason = words === '' ? 'ipvsadm left the table without it' : `ipvsadm said: ${words}`
  return [...last]
    .filter(([key]) => !alike(want.get(key), found.get(key)))
    .map(([, change]) => notApplied(change, reason))
}

type Entry =
  | { readonly type: 'service'; readonly service: CountedService }
  | { readonly type: 'server'; readonly server: CountedServer }

/** Services and rows by what `subject` calls them. */
function indexed(table: CountedTable): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const service of table) {
    const key = serviceKey(service.address)
    entries.set(key, { type: 'service', service })
    for (const server of service.servers) {
      entries.set(`${key} ${serverKey(server)}`, { type: 'server', server })
    }
  }
  return entries
}

function alike(want: Entry | undefined, found: Entry | undefined): boolean {
  if (want === undefined || found === undefined) return want === found
  if (want.type === 'service') {
    return found.type === 'service' && headDifferences(want.service, found.service).length === 0
  }
  return found.type === 'server' && serverDifferences(want.server, found.server).length === 0
}

function subject(change: Change): string {
  switch (change.type) {
    case 'add-service':
    case 'edit-service':
      return serviceKey(change.service.address)
    case 'remove-service':
      return serviceKey(change.service)
    case 'add-server':
    case 'edit-server':
    case 'remove-server':
      return `${serviceKey(change.service)} ${serverKey(change.server)}`
  }
}

function notApplied(change: Change, reason: string): ChangeFailure {
  return { change, code: 'EINVAL', message: `${describeChange(change)}: ${reason}` }
}
