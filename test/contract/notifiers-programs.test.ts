import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openChannel } from '../../services/shared/adapters/notifiers/registry.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { Notification } from '../../services/shared/domain/notification.ts'
import { skipReason } from '../support/child-server.ts'
import { notificationOf, OVER } from '../support/notification.ts'
import { type Mood, testNotifier } from './notifier-contract.ts'

const never = new AbortController().signal
const clock = createSystemClock()
let dir = ''
let programs = ''
let out = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lvs-warden-alert-'))
  programs = join(dir, 'alert.d')
  out = join(dir, 'out')
  mkdirSync(programs)
  chmodSync(dir, 0o755)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(name: string, script: string): void {
  writeFileSync(join(programs, name), script, { mode: 0o755 })
}

/** One that ended, and that nobody has asked about yet, is gone for us. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'))
}

const SCRIPTS: Readonly<Record<Mood, string>> = {
  takes: 'cat >> "$OUT"; echo "$LVS_CLUSTER$MON_LAST_SUMMARY" | head -c 1000 >> "$OUT"',
  'refuses-for-now': 'exit 75',
  'refuses-for-good': 'exit 64',
  // Its child holds the pipes open and does not hear of the parent's end.
  hangs: 'trap "" TERM; sleep 1000 & echo $! > "$OUT"; wait',
  absent: '',
}

const deps = () => ({ clock, programs, readSecret: () => 'no' })

describe.each(['script', 'mon'] as const)('channel %s', (type) => {
  const moods: readonly Mood[] =
    type === 'script' ? ['refuses-for-now', 'refuses-for-good'] : ['refuses-for-good']

  async function open(mood: Mood, timeoutMs: number) {
    if (mood !== 'absent') write('tell', `#!/bin/sh\nOUT=${out}\n${SCRIPTS[mood]}\n`)
    const notifier = openChannel({ type, timeoutMs, command: ['tell', 'someone'] }, deps())
    return {
      secrets: [],
      send: (notification: Notification, signal = never) => notifier.send(notification, signal),
      heard: async () => (existsSync(out) ? readFileSync(out, 'utf8') : ''),
      close: async () => notifier.close(),
    }
  }
  testNotifier(open, { moods })

  test('one that hangs is killed with its children', async () => {
    const channel = await open('hangs', 500)
    await channel.send(notificationOf())
    const child = Number(readFileSync(out, 'utf8'))
    expect(child).toBeGreaterThan(1)
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 5000 })
  })

  test('one that says too much is heard to its end all the same', async () => {
    write('tell', '#!/bin/sh\nhead -c 5000000 /dev/zero | tr "\\0" x; echo; echo no route; exit 3')
    const notifier = openChannel({ type, timeoutMs: 20_000, command: ['tell'] }, deps())
    const result = await notifier.send(notificationOf(), never)
    expect(result).toMatchObject({ outcome: 'failed', reason: 'tell: exit 3: no route' })
  })

  test.each([
    ['nowhere without a folder', undefined, 'tell', 'started without --alert-programs'],
    ['not by a path', 'here', '../tell', 'without a path'],
    ['not when anybody may write to it', 'here', 'open', 'anybody may write to'],
    ['not when it is no program', 'here', 'plain', 'not executable'],
  ])('a program is run %s', async (_name, folder, name, why) => {
    write('tell', '#!/bin/sh\n')
    write('open', '#!/bin/sh\n')
    chmodSync(join(programs, 'open'), 0o777)
    writeFileSync(join(programs, 'plain'), 'x', { mode: 0o644 })
    const { programs: path, ...rest } = deps()
    const given = { ...rest, ...(folder && { programs: path }) }
    const notifier = openChannel({ type, timeoutMs: 5000, command: [name] }, given)
    expect(await notifier.send(notificationOf(), never)).toMatchObject({
      outcome: 'failed',
      isPermanent: true,
      reason: expect.stringContaining(why),
    })
  })
})

test('a script gets its arguments, what is to be said, and the facts in its environment', async () => {
  write('tell', `#!/bin/sh\n(echo "$@"; env | grep ^LVS_ | sort; cat) > ${out}\n`)
  const settings = {
    type: 'script',
    timeoutMs: 5000,
    command: ['tell', '+49 170', '$(id)'],
  } as const
  await openChannel(settings, deps()).send(notificationOf(), never)
  expect(readFileSync(out, 'utf8')).toBe(`+49 170 $(id)
LVS_CLUSTER=shop
LVS_ID=i7/ops/1
LVS_INCIDENT=i7
LVS_KIND=down
LVS_LEVEL=1
LVS_SERVERS=web1
LVS_SERVICES=web
LVS_SEVERITY=critical
LVS_SINCE=2030-01-01T03:00:00.000Z
LVS_SUBJECT=web/web1 is down: connection refused [shop]
web/web1 is down: connection refused [shop]
web/web1 is down since 03:00:00.
http: connection refused

Console: https://lvs.example.net/web/web1
Incident i7
2030-01-01 03:00:10 UTC
`)
})

/** The way such scripts were written: getopts, the summary read first, the rest copied. */
const OLD_SCRIPT = `#!/bin/sh
while getopts "s:g:h:t:l:uaDTO" opt; do
  case $opt in
    s) service=$OPTARG ;;
    g) group=$OPTARG ;;
    h) hosts=$OPTARG ;;
    t) time=$OPTARG ;;
    u) up=UP ;;
    a) up=ACK ;;
  esac
done
shift $((OPTIND - 1))
read -r summary
{
  echo "\${up:-DOWN} $group/$service [$hosts] at $time to $*: $summary"
  echo "$MON_ALERTTYPE $MON_GROUP $MON_SERVICE $MON_OPSTATUS $MON_RETVAL $SITE"
  echo "$MON_FIRST_FAILURE $MON_LAST_FAILURE $MON_LAST_SUCCESS"
  cat
} >> "$OUT"
`

describe('an alert script of mon', () => {
  async function run(change: Partial<Notification> = {}): Promise<readonly string[]> {
    rmSync(out, { force: true })
    write('old.alert', OLD_SCRIPT.replace('#!/bin/sh\n', `#!/bin/sh\nOUT=${out}\n`))
    const command = ['old.alert', 'ops@example.net', 'boss@example.net']
    const settings = {
      type: 'mon',
      timeoutMs: 5000,
      command,
      environment: { SITE: 'north' },
    } as const
    const result = await openChannel(settings, deps()).send(notificationOf(change), never)
    expect(result).toEqual({ outcome: 'delivered' })
    return readFileSync(out, 'utf8').split('\n')
  }
  const began = Date.UTC(2030, 0, 1, 3) / 1000
  const to = 'to ops@example.net boss@example.net:'

  test('of a failure gets the switches, variables and text of mon', async () => {
    expect((await run()).slice(0, 5)).toEqual([
      `DOWN web/down [web1 web2] at ${began + 10} ${to} web/web1 is down: connection refused [shop]`,
      'failure web down 0 1 north',
      `${began} ${began + 10} ${began - 2}`,
      'web/web1 is down since 03:00:00.',
      'http: connection refused',
    ])
  })

  test('of a recovery is told so by -u', async () => {
    const [first, second] = await run(OVER)
    expect(first).toContain(`UP web/down [web1 web2] at ${began + 310} ${to} web/web1 is up`)
    expect(second).toBe('up web down 1 0 north')
  })

  test('of an acknowledgement is told so by -a', async () => {
    const ack = { by: 'eve', reason: 'on it', at: began * 1000 }
    const [first, second] = await run({ kind: 'ack', subject: 'eve is on it', ack })
    expect(first).toContain('ACK web/down')
    expect(second).toBe('ack web down 0 1 north')
  })
})

const MON_ALERTS = '/usr/lib/mon/alert.d'
const noMon = skipReason('mon', join(MON_ALERTS, 'file.alert'))

describe.skipIf(noMon !== '')(`alert scripts of the package mon${noMon}`, () => {
  async function run(name: string, words: readonly string[], change = {}) {
    const settings = { type: 'mon', timeoutMs: 10_000, command: [name, ...words] } as const
    const notifier = openChannel(settings, { ...deps(), programs: MON_ALERTS })
    return notifier.send(notificationOf(change), never)
  }

  test('file.alert writes a failure and a recovery into its file', async () => {
    expect(await run('file.alert', ['-d', dir, 'web.log'])).toEqual({ outcome: 'delivered' })
    expect(await run('file.alert', ['-d', dir, 'web.log'], OVER)).toEqual({ outcome: 'delivered' })
    const log = readFileSync(join(dir, 'web.log'), 'utf8')
    expect(log).toMatch(/^failure web down \d+ \(.*\) web\/web1 is down: connection refused/m)
    expect(log).toMatch(/^OPSTATUS=0$/m)
    expect(log).toMatch(/^up web down \d+ \(.*\) web\/web1 is up after 5m/m)
    expect(log).toContain('http: connection refused')
  })
})
