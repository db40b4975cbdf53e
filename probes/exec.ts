import { z } from 'zod'
import {
  defineCheck,
  degraded,
  fail,
  inconclusive,
  type Outcome,
  pass,
  type Target,
} from './check.ts'
import { type ChildEnd, runChild } from './exec-child.ts'
import { runMonitor } from './exec-mon.ts'
import { show } from './show.ts'

const options = z.strictObject({
  command: z
    .array(z.string().regex(/^[^\0]*$/, 'want text without NUL'))
    .min(1)
    .describe('Program and its arguments, one each; no shell looks at them.'),
  contract: z
    .enum(['plain', 'ldirectord', 'nagios', 'mon'])
    .default('plain')
    .describe(
      'What the exit status means. `plain`: 0 passes, all else fails. `ldirectord`: the same, ' +
        'with four more arguments: virtual address or mark, its port, real address, its port. ' +
        '`nagios`: 0 passes, 1 is a warning, 2 (critical) fails, 3 (unknown) and others do not ' +
        'count. `mon`: one run for all real servers with this check, their addresses appended ' +
        '(unless the last word is `;;`); 0 passes, else those named in the first line fail.',
    ),
})
type ExecOptions = z.infer<typeof options>

/**
 * Passes when a program of the operator's says so by its exit status; killed, with all its
 * children, at the deadline.
 */
export const exec = defineCheck<ExecOptions>({
  kind: 'exec',
  summary:
    'Runs a program and reads its exit status, plainly or by the contract of ldirectord, Nagios ' +
    'or mon.',
  options,
  example: '{ type: exec, command: [/usr/local/lib/checks/stock, --quick], contract: nagios }',
  codes: {
    'exec.exit': 'The program exited with a status that is no pass.',
    'exec.host': '`mon`: the host is named. Inconclusive: of many, none is.',
    'exec.critical': '`nagios`: it exited with 2.',
    'exec.warning': 'Degraded without less weight, `nagios`: it exited with 1.',
    'exec.timeout':
      'It was killed at the deadline, with all its children. Inconclusive, `mon`: many hosts.',
    'exec.start': 'Inconclusive: it could not be started.',
    'exec.signal': 'Inconclusive: it died of a signal.',
    'exec.unknown': 'Inconclusive, `nagios`: it exited with 3 or more.',
  },
  withoutTcp: true,
  needsVirtual: ({ contract }) => contract === 'ldirectord',
  isShared: ({ contract }) => contract === 'mon',
  runMany: (targets, { command }, context) =>
    runMonitor(command, targets, common(context.timeoutMs), context),
  async run(target, { command, contract }, context) {
    const { deadline, timeoutMs, transcript } = context
    if (contract === 'mon') {
      const [outcome] = await runMonitor(command, [target], common(timeoutMs), context)
      return outcome ?? inconclusive('exec.unknown', 'no outcome')
    }
    const argv = contract === 'ldirectord' ? [...command, ...fourArguments(target)] : command
    transcript?.sent(argv.join(' '))
    const end = await runChild(argv, environment(target, timeoutMs), deadline)
    if (end.output !== '') transcript?.received(end.output)
    return judge(end, contract, command[0] ?? '')
  },
})

/** ldirectord(8), checkcommand; addresses without brackets. */
function fourArguments({ address, port, virtual }: Target): string[] {
  return [virtual?.address ?? '', String(virtual?.port ?? 0), address, String(port)]
}

/** What every program sees of its environment, and a monitor of mon nearly all. */
function common(timeoutMs: number) {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    LVS_TIMEOUT_MS: String(timeoutMs),
  }
}

function environment({ address, family, port, source, virtual }: Target, timeoutMs: number) {
  return {
    ...common(timeoutMs),
    LVS_ADDRESS: address,
    LVS_FAMILY: String(family),
    LVS_PORT: String(port),
    ...(source !== undefined && { LVS_SOURCE_ADDRESS: source }),
    ...(virtual && { LVS_VIRTUAL_ADDRESS: virtual.address, LVS_VIRTUAL_PORT: `${virtual.port}` }),
  }
}

function judge(end: ChildEnd, contract: ExecOptions['contract'], program: string): Outcome {
  const said = show(end.output.split('\n')[0] ?? '')
  switch (end.type) {
    case 'not-started':
      return inconclusive(
        'exec.start',
        `cannot start ${program}: ${end.code}; look at its path and permissions`,
      )
    case 'timeout':
      return fail('script', 'exec.timeout', `${program} was killed: no verdict in time. ${said}`)
    case 'signal':
      return inconclusive('exec.signal', `${program} died of ${end.signal}. ${said}`)
    case 'exit':
      return judgeStatus(end.status, contract, program, said)
  }
}

/** 126 and 127 are a shell's "cannot run that" (POSIX XCU 2.8.2): no word about the server. */
function judgeStatus(
  status: number,
  contract: ExecOptions['contract'],
  program: string,
  said: string,
): Outcome {
  const got = `${program} exited with ${status}${said === '' ? '' : `: ${said}`}`
  if (status === 0) return pass(said === '' ? 'exit 0' : said)
  if (status === 126 || status === 127) return inconclusive('exec.start', got)
  if (contract !== 'nagios') return fail('script', 'exec.exit', `want exit 0, ${got}`)
  if (status === 1) return degraded(1, 'exec.warning', got)
  if (status === 2) return fail('script', 'exec.critical', `want OK, ${got}`)
  return inconclusive('exec.unknown', got)
}
