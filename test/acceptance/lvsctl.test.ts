import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runCli } from '../../services/cli/program.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { api, type CheckRun } from '../../services/shared/wire/api.ts'
import type { DrainStatus } from '../../services/shared/wire/outage-status.ts'
import { statusSchema } from '../../services/shared/wire/status.ts'
import {
  drainingServer,
  drainOf,
  NOON,
  realServer,
  service,
  sickServer,
  status,
  why,
} from './lvsctl-data.ts'
import {
  createFakeIo,
  type FakeIoOptions,
  type StubDaemon,
  startStubDaemon,
} from './lvsctl-support.ts'

let daemon: StubDaemon

beforeEach(async () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  daemon = await startStubDaemon()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await daemon[Symbol.asyncDispose]()
})

/** Runs `lvsctl` with these words against the stub daemon. */
async function lvsctl(words: readonly string[], options: FakeIoOptions = {}) {
  const env = { LVSCTL_SOCKET: daemon.socketPath, SUDO_USER: 'anna', ...options.env }
  const io = createFakeIo({ ...options, env })
  const exitCode = await runCli(words, io)
  return { exitCode, ...io.written, lines: io.written.out.split('\n').slice(0, -1) }
}

describe('lvsctl status', () => {
  test('when all is well it says so, and shows each real server', async () => {
    daemon.answer(api.status, () => status())
    const { exitCode, lines } = await lvsctl(['status'])
    expect(exitCode).toBe(0)
    expect(lines).toEqual([
      'cluster shop, generation 12, 2026-07-15 14:00:00 +0200: all well',
      'director lvs1: kernel table (IPVS 1.2.1), holds generation 12',
      '',
      '   SERVER  ADDRESS       WEIGHT  STATE  ACTIVE  INACT  REASON',
      'web  192.0.2.10:80/tcp  wlc  direct-route  1 of 1 serve',
      '   web1    10.0.0.11:80     100  up 3h      12     30  http: pass: 200 in 3 ms',
    ])
  })

  test('what is wrong comes first, what an operator wanted after it', async () => {
    daemon.answer(api.status, () =>
      status({
        services: [
          service({ realServers: [realServer(), sickServer, drainingServer] }),
          service({ name: 'ftp', realServers: [{ ...sickServer, port: 21, inTable: false }] }),
        ],
        alerts: [
          { key: 'silence/web', severity: 'warning', message: 'web: nothing heard', since: NOON },
        ],
      }),
    )
    const { lines } = await lvsctl(['status'], { terminal: [80, 24], env: { NO_COLOR: '1' } })
    expect(lines).toEqual([
      'cluster shop, generation 12, 2026-07-15 14:00:00 +0200: 3 problems',
      '!! service   ftp: no real server has a weight, new clients are not served',
      '!  alert     web: nothing heard (raised 0s ago)',
      '!  down      web2 in web, ftp for 2m 10s: http: fail http.status: wanted 200-29…',
      '-  operator  web3 in web: draining, drain by anna: kernel update',
      'director lvs1: kernel table (IPVS 1.2.1), holds generation 12',
      '',
      '   SERVER  ADDRESS       WEIGHT  STATE          ACTIVE  INACT  REASON',
      'web  192.0.2.10:80/tcp  wlc  direct-route  1 of 3 serve',
      '   web1    10.0.0.11:80     100  up 3h              12     30  http: pass: 200 …',
      '!  web2    10.0.0.12:80    0/50  down 2m             0      1  http: fail http.…',
      '-  web3    10.0.0.13:80   0/100  draining (up)       2      5  draining, drain …',
      'ftp  192.0.2.10:80/tcp  wlc  direct-route  0 of 1 serve',
      '!  web2    10.0.0.12:21    -/50  down 2m             0      1  http: fail http.…',
    ])
  })

  test('one service can be asked for; a wrong name gets the nearest', async () => {
    daemon.answer(api.status, () => status({ services: [service(), service({ name: 'mail' })] }))
    const { out } = await lvsctl(['status', 'mail'])
    expect(out).toContain('mail  192.0.2.10:80/tcp')
    expect(out).not.toContain('web  192.0.2.10:80/tcp')
    const wrong = await lvsctl(['status', 'mial'])
    expect(wrong).toMatchObject({
      exitCode: 4,
      out: '',
      err: 'lvsctl: no virtual service is called mial; did you mean "mail"?\n',
    })
  })

  test('JSON is the whole status, as the schema says', async () => {
    daemon.answer(api.status, () => status())
    const { out } = await lvsctl(['status', '--json'])
    expect(statusSchema.parse(JSON.parse(out))).toEqual(status())
  })

  test('--watch redraws until q and leaves the terminal as it was', async () => {
    let generation = 12
    daemon.answer(api.status, () => status({ generation: generation++ }))
    let sleeps = 0
    const { exitCode, out } = await lvsctl(['status', '--watch'], {
      terminal: [80, 24],
      onSleep(io) {
        if (++sleeps === 3) io.press('q')
      },
    })
    expect(exitCode).toBe(0)
    expect(out.startsWith('\u001b[?1049h\u001b[?25l\u001b[?7l')).toBe(true)
    expect(out.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true)
    for (const shown of [12, 13, 14]) expect(out).toContain(`generation ${shown},`)
    expect(out).not.toContain('generation 15,')
  })

  test('--watch keeps the last picture and says so when the daemon is gone for a while', async () => {
    daemon.answer(api.status, () => status())
    let sleeps = 0
    const { out } = await lvsctl(['status', '--watch'], {
      terminal: [80, 24],
      onSleep(io) {
        if (++sleeps === 3) io.interrupt()
        daemon.answer(api.status, () => {
          throw new ServiceError('state.unusable', 'the disk is full')
        })
      },
    })
    expect(out).toContain('NOT CURRENT: the disk is full')
    expect(out.split('cluster shop')).toHaveLength(4)
  })

  test('--watch in a pipe is wrong usage', async () => {
    daemon.answer(api.status, () => status())
    expect(await lvsctl(['status', '--watch'])).toMatchObject({ exitCode: 2, out: '' })
  })
})

describe('lvsctl why', () => {
  test('the answer is the first line, its grounds follow', async () => {
    const asked = daemon.answer(api.why, () => ({
      answers: [
        why({
          overrides: [
            {
              kind: 'drain',
              scope: 'web2',
              owner: 'anna',
              reason: 'kernel update',
              since: NOON,
              until: '2026-07-15T16:00:00.000Z',
            },
          ],
        }),
      ],
    }))
    const { exitCode, lines } = await lvsctl(['why', 'web/web2'])
    expect(exitCode).toBe(0)
    expect(asked).toEqual([{ target: 'web/web2' }])
    expect(lines).toEqual([
      'web/web2: weight 0 of 50, because a check fails',
      '  http: fail http.status: wanted 200-299, got 500 Internal Server Error',
      '',
      'checks: down',
      '  http of 10.0.0.12:80: down',
      '    last: fail http.status: wanted 200-299, got 500 Internal Server Error',
      '    seen 2026-07-15 13:59:58 +0200, 2s ago, took 3.2ms',
      '    next: 1 of 2 passes in a row towards up (rise 2, fall 3); checked every 2s',
      'operator:',
      '  drain of web2 in all its services by anna since 2026-07-15 14:00:00 +0200, until 2026-07-15 18:00:00 +0200 (4h left): kernel update',
      'placed: by generation 12 at 2026-07-15 13:57:50 +0200 (2m 10s ago)',
      'changed:',
      '  2026-07-15 11:12:04 +0200  web/web2: weight 100 -> 50: weight by bert: half of its memory is gone',
      '  2026-07-15 13:57:50 +0200  web/web2: weight 50 -> 0: http: fail connect.refused: connection refused',
      'kernels:',
      '  lvs1: weight 0',
      'connections: 0 active, 1 inactive, 0 persistent',
    ])
  })

  test('a kernel that holds something else is pointed out', async () => {
    const directors = [
      { name: 'lvs1', weight: 50 },
      { name: 'lvs2', weight: null },
    ]
    daemon.answer(api.why, () => ({ answers: [why({ directors })] }))
    const { out } = await lvsctl(['why', 'web/web2'])
    expect(out).toContain('  lvs1: weight 50, but weight 0 is wanted\n')
    expect(out).toContain('  lvs2: no row, but weight 0 is wanted\n')
  })

  test("the daemon's refusal is told with its own words and exit code 4", async () => {
    daemon.answer(api.why, () => {
      throw new ServiceError(
        'api.unknown-target',
        'no real server is called wbe1: did you mean web1?',
      )
    })
    const message = 'no real server is called wbe1: did you mean web1?'
    expect(await lvsctl(['why', 'wbe1'])).toMatchObject({
      exitCode: 4,
      out: '',
      err: `lvsctl: ${message}\n`,
    })
    const { err } = await lvsctl(['why', 'wbe1', '--json'])
    expect(JSON.parse(err)).toEqual({ error: { code: 'api.unknown-target', message } })
  })
})

describe('lvsctl drain, maintenance and enable', () => {
  const drained = {
    changed: [
      {
        service: 'web',
        server: 'web3',
        admin: 'draining' as const,
        weight: { before: 100, after: 0 },
        reason: 'draining, drain by anna: kernel update',
      },
    ],
  }

  /** A status in which web3 drains until it has been asked for so many times. */
  function drainsFor(times: number): void {
    let left = times
    daemon.answer(api.status, () => {
      const inactive = left > 0 ? 1 : 0
      const admin = left > 0 ? 'draining' : 'drained'
      const drain = drainOf(Math.max(0, left--), inactive, { leftMs: 119_000 })
      return status({
        services: [service({ realServers: [realServer(), { ...drainingServer, admin, drain }] })],
      })
    })
  }

  test('drain says what it did, shows the connections end, and when it is safe to reboot', async () => {
    const asked = daemon.answer(api.drain, () => drained)
    drainsFor(3)
    const words = ['drain', 'web3', '--reason', 'kernel update', '--for', '4h']
    const { exitCode, lines } = await lvsctl(words)
    expect(exitCode).toBe(0)
    const forMs = 4 * 3600 * 1000
    expect(asked).toEqual([{ targets: ['web3'], owner: 'anna', reason: 'kernel update', forMs }])
    expect(lines).toEqual([
      'web/web3  weight 100 -> 0  draining, drain by anna: kernel update',
      'web/web3: waits for 2 active and 1 inactive connections, about 1m to go',
      'web/web3: waits for 1 active and 1 inactive connections, about 1m to go',
      'web3 is out of service everywhere: safe to reboot',
    ])
  })

  test('on a terminal the progress is written over itself', async () => {
    daemon.answer(api.drain, () => drained)
    drainsFor(3)
    const { out } = await lvsctl(['drain', 'web3'], { terminal: [80, 24], env: { NO_COLOR: '1' } })
    expect(out.match(/Ctrl-C leaves the drain running/g)).toHaveLength(2)
    expect(out.split('\u001b[2A\u001b[J')).toHaveLength(3)
    expect(out.endsWith('web3 is out of service everywhere: safe to reboot\n')).toBe(true)
  })

  test('Ctrl-C leaves the drain running and says how to follow and undo it', async () => {
    daemon.answer(api.drain, () => drained)
    drainsFor(100)
    const { exitCode, out } = await lvsctl(['drain', 'web3'], { onSleep: (io) => io.interrupt() })
    expect(exitCode).toBe(1)
    expect(out).toContain('follow it: lvsctl status --watch\n')
    expect(out).toContain('undo it:   lvsctl enable web3\n')
    expect(out).not.toContain('safe to reboot')
  })

  /** What a drain of web3 in web says while it is so, and in the end. */
  async function drainIs(drain: DrainStatus, until?: string) {
    daemon.answer(api.drain, () => drained)
    const owned = { kind: 'drain', scope: 'web3', owner: 'anna', reason: '', since: NOON } as const
    const outage = { ...owned, ...(until !== undefined && { until }) }
    let asked = 0
    daemon.answer(api.status, () => {
      const now = asked++ < 2 ? drain : drainOf(0, 0, drain.cut === undefined ? {} : drain)
      const server = { ...drainingServer, outage, drain: now }
      return status({ services: [service({ realServers: [realServer(), server] })] })
    })
    const options = { terminal: [120, 24], env: { NO_COLOR: '1' } } as const
    return (await lvsctl(['drain', 'web3'], options)).out.split('\n')
  }

  test('it says which director it waits for, and for what', async () => {
    const one = { active: 3, inactive: 4, persistent: 0 }
    const two = { name: 'lvs2', connections: { active: 5, inactive: 0, persistent: 0 } }
    const directors = [{ name: 'lvs1', connections: one }, two]
    expect(await drainIs(drainOf(8, 4, { directors }))).toContain(
      'web/web3: waits for 8 active and 4 inactive connections (lvs1 3+4, lvs2 5+0)',
    )
    const silent = [{ name: 'lvs1', connections: null }, two]
    expect(await drainIs(drainOf(8, 4, { phase: 'starting', directors: silent }))).toContain(
      'web/web3: waits for lvs1 to have it at weight 0',
    )
    const templates = { active: 0, inactive: 0, persistent: 7 }
    const left = [{ name: 'lvs1', connections: templates }]
    expect(await drainIs(drainOf(0, 0, { phase: 'templates', directors: left }))).toContain(
      'web/web3: waits for 7 persistence templates',
    )
    expect(await drainIs(drainOf(0, 0, { phase: 'leaving' }))).toContain(
      'web/web3: its row is being taken out',
    )
  })

  test('it says what happens when', async () => {
    const deadline = '2026-07-15T12:10:00.000Z'
    const lines = await drainIs(
      drainOf(8, 4, { deadline, atDeadline: 'cut' }),
      '2026-07-15T16:00:00.000Z',
    )
    expect(lines).toContain('deadline in 10m: then what is left is cut')
    expect(lines).toContain('comes back by itself in 4h, if its checks pass')
    const late = drainOf(8, 4, { deadline: '2026-07-15T11:59:00.000Z', atDeadline: 'keep' })
    expect(await drainIs(late)).toContain(
      'its deadline passed 1m ago: it goes on and an alert is raised',
    )
  })

  test('what was cut off at the deadline is not kept quiet', async () => {
    const lines = await drainIs(drainOf(5, 0, { phase: 'cut', cut: 5 }))
    expect(lines.at(-2)).toBe(
      'web3 is out of service everywhere, 5 connections were cut off: safe to reboot',
    )
  })

  test('a zone is each of its real servers', async () => {
    daemon.answer(api.drain, () => drained)
    const out = { zone: 'rack-b', drain: drainOf(0, 0) }
    const realServers = [
      { ...drainingServer, ...out },
      { ...drainingServer, name: 'web4', ...out },
    ]
    daemon.answer(api.status, () => status({ services: [service({ realServers })] }))
    expect((await lvsctl(['drain', '--zone', 'rack-b'])).lines.slice(-2)).toEqual([
      'web3 is out of service everywhere: safe to reboot',
      'web4 is out of service everywhere: safe to reboot',
    ])
  })

  test('a drain in one service does not make the host safe', async () => {
    daemon.answer(api.drain, () => drained)
    const server = { ...drainingServer, admin: 'drained' as const }
    const mail = service({ name: 'mail', realServers: [realServer({ name: 'web3' })] })
    daemon.answer(api.status, () =>
      status({ services: [service({ realServers: [server] }), mail] }),
    )
    const { exitCode, lines } = await lvsctl(['drain', 'web/web3'])
    expect(exitCode).toBe(0)
    expect(lines.at(-1)).toBe(
      'web/web3 is out of service; web3 still serves in mail: not safe to reboot',
    )
  })

  test('maintenance with connections left is waited for, too', async () => {
    daemon.answer(api.drain, () => drained)
    let active = 3
    daemon.answer(api.status, () => {
      const connections = { active: --active, inactive: 0, persistent: 0 }
      const server = { ...drainingServer, admin: 'maintenance' as const, connections }
      return status({ services: [service({ realServers: [realServer(), server] })] })
    })
    expect((await lvsctl(['drain', 'web3'])).lines.slice(1)).toEqual([
      'web/web3: 1 active, 0 inactive, 0 persistent connections',
      'web3 is out of service everywhere: safe to reboot',
    ])
  })

  test('a drain that somebody else ended is a no', async () => {
    daemon.answer(api.drain, () => drained)
    const server = realServer({ name: 'web3' })
    daemon.answer(api.status, () => status({ services: [service({ realServers: [server] })] }))
    const { exitCode, lines } = await lvsctl(['drain', 'web3'])
    expect(exitCode).toBe(1)
    expect(lines.at(-1)).toBe('web3 is not drained: web/web3 was enabled again')
  })

  test('--no-wait and --json return at once', async () => {
    daemon.answer(api.drain, () => drained)
    drainsFor(100)
    const { exitCode, lines } = await lvsctl(['drain', 'web3', '--no-wait'])
    expect(exitCode).toBe(0)
    expect(lines.slice(1)).toEqual([
      'follow it: lvsctl status --watch',
      'undo it:   lvsctl enable web3',
    ])
    const { out } = await lvsctl(['drain', 'web3', '--json'])
    expect(JSON.parse(out)).toEqual(drained)
  })

  test.for([
    ['', undefined],
    ['--then remove', undefined],
    ['--then hold', true],
    ['--hold', true],
  ] as const)('what comes after it is asked for: %s', async ([words, hold]) => {
    let asked: { readonly hold?: boolean | undefined } = {}
    daemon.answer(api.drain, (request) => {
      asked = request
      return drained
    })
    drainsFor(100)
    const more = words === '' ? [] : words.split(' ')
    expect((await lvsctl(['drain', 'web3', '--no-wait', ...more])).exitCode).toBe(0)
    expect(asked.hold).toBe(hold)
  })

  test('an order that leaves a service with nobody says so', async () => {
    daemon.answer(api.maintenance, () => drained)
    const realServers = [sickServer, { ...drainingServer, admin: 'maintenance' as const }]
    daemon.answer(api.status, () => status({ services: [service({ realServers })] }))
    expect((await lvsctl(['maintenance', 'web3'])).lines[1]).toBe(
      'CAREFUL: web has no real server left for new clients, and it has no sorry server',
    )
    const sorryServer = { address: '10.0.0.9:80', serving: true }
    daemon.answer(api.status, () => status({ services: [service({ realServers, sorryServer })] }))
    expect((await lvsctl(['maintenance', 'web3'])).lines[1]).toBe(
      'CAREFUL: web has no real server left for new clients, its sorry server 10.0.0.9:80 answers',
    )
  })

  test('maintenance and enable say what they did', async () => {
    const [change] = drained.changed
    if (change === undefined) throw new Error('the stub has no change')
    daemon.answer(api.maintenance, () => ({
      changed: [{ ...change, admin: 'maintenance', reason: 'maintenance, by anna' }],
    }))
    daemon.answer(api.enable, () => ({
      changed: [
        { ...change, admin: 'enabled', weight: { before: 0, after: 100 }, reason: 'http: pass' },
        {
          ...change,
          service: 'mail',
          admin: 'enabled',
          weight: { before: 0, after: 0 },
          reason: 'http: fail',
        },
      ],
    }))
    const maintenance = await lvsctl(['maintenance', 'web3'])
    expect(maintenance.lines).toEqual([
      'web/web3  weight 100 -> 0  maintenance, by anna',
      'undo it:   lvsctl enable web3',
    ])
    expect((await lvsctl(['enable', 'web3'])).lines).toEqual([
      'web/web3   weight 0 -> 100  enabled: http: pass',
      'mail/web3  weight stays 0   enabled: http: fail',
    ])
  })

  test('an order that a guard refuses is a no', async () => {
    daemon.answer(api.drain, () => {
      throw new ServiceError('api.refused', 'the rest cannot carry the load')
    })
    expect(await lvsctl(['drain', 'web3'])).toMatchObject({
      exitCode: 1,
      err: 'lvsctl: the rest cannot carry the load\n',
    })
  })

  test.each(['4', 'soon', '-1h', '0s', '4 h'])('--for %s is wrong usage', async (text) => {
    const asked = daemon.answer(api.drain, () => drained)
    const { exitCode, err } = await lvsctl(['drain', 'web3', `--for=${text}`])
    expect(exitCode).toBe(2)
    expect(err).toContain('wanted a duration with units')
    expect(asked).toEqual([])
  })
})

describe('lvsctl check', () => {
  const run: CheckRun = {
    service: 'web',
    server: 'web2',
    label: 'http',
    kind: 'http',
    target: '10.0.0.12:80',
    outcome: 'fail',
    code: 'http.status',
    layer: 'content',
    detail: 'wanted 200-299, got 500',
    durationMs: 3.21,
    transcript: [
      { direction: 'note', text: 'connected' },
      { direction: 'sent', text: 'GET /health HTTP/1.1\r\nHost: shop\r\n\r\n' },
      { direction: 'received', text: 'HTTP/1.1 500 \u001b[31mOuch\r\n' },
    ],
  }

  test('shows the dialogue and the verdict, and fails when a check fails', async () => {
    daemon.answer(api.check, () => ({ runs: [run] }))
    const { exitCode, lines } = await lvsctl(['check', 'web/web2'])
    expect(exitCode).toBe(1)
    expect(lines).toEqual([
      'web/web2 http of 10.0.0.12:80',
      '  * connected',
      '  > GET /health HTTP/1.1',
      '  > Host: shop',
      '  < HTTP/1.1 500 \ufffd[31mOuch',
      '  fail http.status (content) in 3.2ms: wanted 200-299, got 500',
    ])
  })

  test('shows how much a degraded server keeps, which is no failure', async () => {
    const { layer, ...rest } = run
    const degraded = { outcome: 'degraded', code: 'http.slow', factor: 0.5 } as const
    daemon.answer(api.check, () => ({ runs: [{ ...rest, ...degraded, detail: 'took 700 ms' }] }))
    const { exitCode, lines } = await lvsctl(['check', 'web/web2'])
    expect(exitCode).toBe(0)
    expect(lines.at(-1)).toBe('  degraded http.slow (50 % of the weight) in 3.2ms: took 700 ms')
  })

  test('succeeds when all pass', async () => {
    const { code, layer, ...rest } = run
    daemon.answer(api.check, () => ({ runs: [{ ...rest, outcome: 'pass', detail: '200 OK' }] }))
    const { exitCode, lines } = await lvsctl(['check', 'web/web2'])
    expect(exitCode).toBe(0)
    expect(lines.at(-1)).toBe('  pass in 3.2ms: 200 OK')
  })
})

describe('lvsctl push', () => {
  test('says how a server is, and who heard it', async () => {
    const asked = daemon.answer(api.push, () => ({
      pushed: [
        { service: 'web', server: 'web1', label: 'push' },
        { service: 'api', server: 'web1', label: 'push' },
      ],
    }))
    const { exitCode, lines } = await lvsctl(['push', 'web1', '75%', '-m', 'cache is cold'])
    expect(exitCode).toBe(0)
    expect(asked).toEqual([{ target: 'web1', state: '75%', message: 'cache is cold' }])
    expect(lines).toEqual(['web/web1 push: 75%', 'api/web1 push: 75%'])
  })

  test('a word that nobody knows is refused, with those that are known', async () => {
    const { exitCode, err } = await lvsctl(['push', 'web1', 'fine'])
    expect(exitCode).not.toBe(0)
    expect(err).toContain('ok, fail, or 0% to 100%')
  })
})

describe('lvsctl events, reload and validate', () => {
  test('events have local time with its zone; JSON has UTC', async () => {
    const at = Date.parse(NOON)
    const asked = daemon.answer(api.events, () => ({
      events: [{ at, type: 'weight' as const, service: 'web', message: 'web/web2: 50 -> 0' }],
    }))
    expect((await lvsctl(['events', '-n', '7'])).lines).toEqual([
      'TIME                       EVENT   WHAT',
      '2026-07-15 14:00:00 +0200  weight  web/web2: 50 -> 0',
    ])
    const { out } = await lvsctl(['events', '--json'])
    expect(JSON.parse(out).events[0].at).toBe(NOON)
    expect(asked).toEqual([{ limit: 7 }, { limit: 50 }])
    expect(await lvsctl(['events', '-n', '0'])).toMatchObject({ exitCode: 2 })
  })

  test('a reload that was not applied shows why and is a no', async () => {
    const finding = {
      severity: 'error' as const,
      rule: 'unknown-key',
      file: '/etc/lvs-warden/shop.yaml',
      line: 4,
      column: 3,
      path: 'virtualServices.web',
      message: 'unknown key "wieght"',
    }
    const asked = daemon.answer(api.reload, () => ({
      applied: false,
      file: finding.file,
      findings: [finding],
    }))
    const { exitCode, lines } = await lvsctl(['reload'])
    expect(exitCode).toBe(1)
    expect(asked).toEqual([{ by: 'anna' }])
    expect(lines).toEqual([
      '/etc/lvs-warden/shop.yaml:4:3: error: virtualServices.web: unknown key "wieght" [unknown-key]',
      '/etc/lvs-warden/shop.yaml was not applied: the cluster stays as it was',
    ])
  })

  const goodFile = `cluster: shop
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    check: { type: tcp }
    realServers: { web1: {}, web2: {} }
`

  test('a good file is summed up in one line', async () => {
    const { exitCode, out } = await lvsctl(['validate', 'good.yaml'], {
      files: { 'good.yaml': goodFile },
    })
    expect(out).toBe('good.yaml: ok: 1 virtual service, 2 real servers, 2 checks\n')
    expect(exitCode).toBe(0)
  })

  test('a bad file is told with file, line and column', async () => {
    const files = { 'bad.yaml': goodFile.replace('10:80', '10:0') }
    const { exitCode, lines } = await lvsctl(['validate', 'bad.yaml'], { files })
    expect(exitCode).toBe(1)
    expect(lines[0]).toMatch(/^bad\.yaml:5:\d+: error: virtualServices\.web\.address: /)
    expect(lines.at(-1)).toBe('bad.yaml: not valid: 1 error')
    const { out } = await lvsctl(['validate', 'bad.yaml', '--json'], { files })
    expect(JSON.parse(out)).toMatchObject({ ok: false, findings: [{ severity: 'error', line: 5 }] })
  })

  test('a file that is not there is wrong usage', async () => {
    expect(await lvsctl(['validate', 'none.yaml'])).toMatchObject({ exitCode: 2, out: '' })
    expect(await lvsctl(['validate'])).toMatchObject({ exitCode: 2, out: '' })
  })

  test('the schema for editors can be had', async () => {
    const { out } = await lvsctl(['validate', '--schema'])
    expect(JSON.parse(out)).toMatchObject({ type: 'object' })
  })
})

describe('lvsctl without a daemon', () => {
  test('names the socket and what to do', async () => {
    const socket = `${daemon.socketPath}-none`
    const { exitCode, err } = await lvsctl(['status', '--socket', socket])
    expect(exitCode).toBe(3)
    expect(err).toContain(`cannot talk to the daemon on ${socket}: nothing is there.`)
    expect(err).toContain('Is lvs-warden standalone running')
  })

  test('a daemon whose controller does not answer is not a daemon to work with', async () => {
    const { exitCode, err } = await lvsctl(['status'])
    expect(exitCode).toBe(3)
    expect(err).toContain('nobody answers lvs.shop.api.status')
  })

  test.each([[['stauts']], [['why']], [['status', '--jsno']], [[]]])(
    '%j is wrong usage',
    async (words) => {
      expect(await lvsctl(words)).toMatchObject({ exitCode: 2, out: '' })
    },
  )

  test('help is not an error', async () => {
    const { exitCode, out } = await lvsctl(['--help'])
    expect(exitCode).toBe(0)
    expect(out).toMatch(/Exit codes:\n +0 +\S.*\n +1 +\S/)
  })
})

const bin = new URL('../../dist/services/cli/main.js', import.meta.url).pathname

describe.skipIf(!existsSync(bin))('the built lvsctl (left out before npm run build)', () => {
  test('asks the daemon over its socket and ends with the exit code', async () => {
    daemon.answer(api.status, () => status())
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [bin, 'status', '--socket', daemon.socketPath])
    expect(stdout).toContain('cluster shop, generation 12')
    const refused = run(process.execPath, [bin, 'status', 'wbe', '--socket', daemon.socketPath])
    await expect(refused).rejects.toMatchObject({ code: 4, stdout: '' })
  })
})
