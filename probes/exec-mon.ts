import { isIP, SocketAddress } from 'node:net'
import { basename } from 'node:path'
import { type CheckContext, fail, inconclusive, type Outcome, pass, type Target } from './check.ts'
import { type ChildEnd, runChild } from './exec-child.ts'
import { show } from './show.ts'

/** Bytes of output: room for the names of some ten thousand hosts in the first line. */
const OUTPUT_LIMIT = 262_144
/** As the last word of a command: the hosts are not appended (mon(8), monitor). */
const NO_HOSTS = ';;'

/**
 * Runs one of mon's monitors once for many hosts: their addresses are appended to the command, exit
 * 0 means that all are well, and otherwise the first line of output names those that are not
 * (mon(8), "MONITOR PROGRAMS"). An end that accuses nobody says nothing about anybody.
 */
export async function runMonitor(
  command: readonly string[],
  targets: readonly Target[],
  env: Readonly<Record<string, string>>,
  { deadline, transcript }: CheckContext,
): Promise<readonly Outcome[]> {
  const [program = ''] = command
  const hosts = [...new Set(targets.map(({ address }) => address))]
  const takesHosts = command.at(-1) !== NO_HOSTS
  const argv = takesHosts ? [...command, ...hosts] : command.slice(0, -1)
  transcript?.sent(argv.join(' '))
  const variables = { ...env, MON_GROUP: 'lvs-warden', MON_SERVICE: basename(program) }
  const kept = { limit: OUTPUT_LIMIT, isStdoutOnly: true }
  const end = await runChild(argv, variables, deadline, kept)
  if (end.output !== '') transcript?.received(end.output)
  const of = judgeMonitor(end, program, hosts)
  return targets.map(({ address }) => of(address))
}

/** What the end of a monitor says about each of its hosts. */
export function judgeMonitor(
  end: ChildEnd,
  program: string,
  hosts: readonly string[],
): (host: string) => Outcome {
  const [line = ''] = end.output.split('\n')
  const said = line.trim() === '' ? '' : `: ${show(line)}`
  switch (end.type) {
    case 'not-started':
      return always(inconclusive('exec.start', `cannot start ${program}: ${end.code}`))
    case 'signal':
      return always(inconclusive('exec.signal', `${program} died of ${end.signal}${said}`))
    case 'timeout':
      return alone(hosts, 'exec.timeout', `${program} was killed: no verdict in time${said}`)
    case 'exit':
      return judgeExit(end.status, line, `${program} exited with ${end.status}${said}`, hosts)
  }
}

function judgeExit(
  status: number,
  line: string,
  got: string,
  hosts: readonly string[],
): (host: string) => Outcome {
  if (status === 0) return always(pass('exit 0'))
  if (status === 126 || status === 127) return always(inconclusive('exec.start', got))
  const named = new Set(line.split(/[\s,;]+/).map(canonical))
  if (!hosts.some((host) => named.has(canonical(host)))) return alone(hosts, 'exec.host', got)
  return (host) =>
    named.has(canonical(host))
      ? fail('script', 'exec.host', `${host} is named: ${got}`)
      : pass(`not named: ${got}`)
}

/** Where there is only one host, it is meant; of many, an innocent one must not pay. */
function alone(hosts: readonly string[], code: string, got: string): (host: string) => Outcome {
  if (hosts.length === 1) return always(fail('script', code, got))
  return always(inconclusive(code, `names none of ${hosts.length} hosts: ${got}`))
}

function always(outcome: Outcome): (host: string) => Outcome {
  return () => outcome
}

/** IPv6 addresses have many spellings. */
function canonical(word: string): string {
  const bare = word.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 6) return bare.toLowerCase()
  return new SocketAddress({ address: bare, family: 'ipv6' }).address
}
