import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../services/cli/program.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { api, type Changed } from '../../services/shared/wire/api.ts'
import type { OutageStatus } from '../../services/shared/wire/outage-status.ts'
import type { RealServerStatus } from '../../services/shared/wire/status.ts'
import { drainOf, realServer, service, status, why } from './lvsctl-data.ts'
import {
  createFakeIo,
  type FakeIo,
  type FakeIoOptions,
  type StubDaemon,
  startStubDaemon,
} from './lvsctl-support.ts'

/** A cluster of three that obeys; each status is a second later than the one before. */
class Cluster {
  /** What happened to real servers, in order: `drain web1`. */
  readonly told: string[] = []
  readonly outages = new Map<string, OutageStatus>()
  /** Refuses the drain of these. */
  refuse: (name: string) => string | undefined = () => undefined
  /** How a check of it is seen; well by default. */
  sick: (name: string) => boolean = () => false
  /** Whether the drain of it is over. */
  isDrained: (name: string) => boolean = () => true
  #at = Date.UTC(2026, 6, 15, 12)

  constructor(daemon: StubDaemon) {
    daemon.answer(api.status, () => this.status())
    daemon.answer(api.drain, ({ targets, owner, reason }) => {
      const [name = ''] = targets
      const refused = this.refuse(name)
      if (refused !== undefined) throw new ServiceError('api.refused', refused)
      this.out(name, { kind: 'drain', owner, reason })
      this.told.push(`drain ${name}`)
      return NOTHING
    })
    daemon.answer(api.enable, ({ targets }) => {
      for (const name of targets) this.outages.delete(name)
      this.told.push(`enable ${targets}`)
      return NOTHING
    })
    daemon.answer(api.why, ({ target }) => {
      const server = this.#server(target)
      const { checks, ...rest } = why()
      const outcome = this.sick(target) ? ('fail' as const) : ('pass' as const)
      const last = { at: this.#now(), durationMs: 3, outcome, detail: 'HTTP 200 OK' }
      return { answers: [{ ...rest, server, checks: checks.map((one) => ({ ...one, last })) }] }
    })
  }

  out(name: string, who: Pick<OutageStatus, 'kind' | 'owner' | 'reason'>): void {
    this.outages.set(name, { ...who, scope: name, since: this.#now() })
  }

  status() {
    const realServers = ['web1', 'web2', 'web3'].map((name) => this.#server(name))
    return { ...status({ services: [service({ realServers })] }), at: this.#now() }
  }

  #server(name: string): RealServerStatus {
    const outage = this.outages.get(name)
    if (outage === undefined) return realServer({ name })
    const weight = { configured: 100, effective: 0 }
    const reason = `${outage.kind} by ${outage.owner}: ${outage.reason}`
    const rest = { name, weight, outage, reason }
    if (outage.kind === 'maintenance') {
      const connections = { active: 0, inactive: 0, persistent: 0 }
      return realServer({ ...rest, admin: 'maintenance', connections })
    }
    const isOver = this.isDrained(name)
    const drain = isOver ? drainOf(0, 0) : drainOf(3, 1)
    return realServer({ ...rest, drain, admin: isOver ? 'drained' : 'draining' })
  }

  #now(): string {
    this.#at += 1000
    return new Date(this.#at).toISOString()
  }
}

const NOTHING: Changed = { changed: [] }
let daemon: StubDaemon
let cluster: Cluster

beforeEach(async () => {
  daemon = await startStubDaemon()
  cluster = new Cluster(daemon)
})

afterEach(() => daemon[Symbol.asyncDispose]())

async function roll(args: readonly string[], options: FakeIoOptions = {}) {
  const io = createFakeIo({
    ...options,
    run: (words, env) => {
      cluster.told.push(words.join(' '))
      return options.run?.(words, env)
    },
    env: { LVSCTL_SOCKET: daemon.socketPath, SUDO_USER: 'anna', NO_COLOR: '1' },
  })
  const exitCode = await runCli(['drain', '--rolling', ...args], io)
  return { io, exitCode, ...io.written, lines: io.written.out.trimEnd().split('\n') }
}

const RUN = ['--run', 'upgrade --host {server} "{address} x"'] as const

describe('lvsctl drain --rolling', () => {
  test('takes a pool one by one: drain, command, enable, well, next', async () => {
    const { exitCode, lines } = await roll(['--pool', 'web', ...RUN], {
      run: () => ({ lines: ['upgrading', 'done'] }),
    })
    expect(cluster.told).toEqual(
      [1, 2, 3].flatMap((n) => [
        `drain web${n}`,
        `upgrade --host web${n} 10.0.0.11 x`,
        `enable web${n}`,
      ]),
    )
    expect(exitCode).toBe(0)
    expect(lines.filter((line) => line.startsWith('web1'))).toEqual([
      'web1 (1 of 3): draining',
      'web1 (1 of 3): running upgrade --host web1 10.0.0.11 x (pid 4711)',
      'web1| upgrading',
      'web1| done',
      'web1 (1 of 3): enabling',
      'web1 (1 of 3): well, settling',
      'web1 (1 of 3): done in 10s',
    ])
    expect(lines.at(-1)).toBe('3 done')
  })

  test('stops at the first failure, leaves that one out and says what is left', async () => {
    const { exitCode, lines } = await roll(['web1', 'web2', 'web3', ...RUN], {
      run: (words) => (words.includes('web2') ? { ended: 'ended with 7' } : undefined),
    })
    expect(exitCode).toBe(1)
    expect(lines.slice(-5)).toEqual([
      'web2 (2 of 3): FAILED: upgrade ended with 7; web2 stays out of service',
      'stopped: 1 done, 1 failed, 1 not begun',
      '  web2 stays out of service',
      'bring back: lvsctl enable web2',
      'go on:      lvsctl drain --rolling … web2 web3',
    ])
    expect(cluster.told.filter((each) => each.startsWith('enable'))).toEqual(['enable web1'])
    expect(cluster.told).not.toContain('drain web3')
  })

  test('a first one that the rest cannot spare is refused with the numbers', async () => {
    cluster.refuse = () => 'the rest cannot carry it: 33 % of the weight would be up'
    const { exitCode, lines } = await roll(['web1', 'web2', ...RUN])
    expect(exitCode).toBe(1)
    expect(lines[0]).toContain('33 % of the weight would be up')
    expect(lines).toContain('stopped: 0 done, 1 failed, 1 not begun')
    expect(cluster.told).toEqual([])
  })

  test('several at once are no more than the guards allow: the next waits for its turn', async () => {
    cluster.refuse = () => (cluster.outages.size > 0 ? 'only one may go' : undefined)
    const { exitCode, out } = await roll(['--pool', 'web', '--max', '2', ...RUN])
    expect(exitCode).toBe(0)
    expect(out).toContain('waits for its turn: only one may go')
    const drains = cluster.told.filter((each) => each.startsWith('drain'))
    expect(drains.sort()).toEqual(['drain web1', 'drain web2', 'drain web3'])
  })

  test('does not go on before it is well again, and gives up in the end', async () => {
    cluster.sick = (name) => name === 'web1' && !cluster.outages.has(name)
    const { exitCode, out, lines } = await roll(['web1', 'web2', ...RUN, '--well-within', '5m'])
    expect(exitCode).toBe(1)
    expect(out).toContain('waits for its checks: web/web1: http: fail: HTTP 200 OK')
    expect(lines.join()).toContain('FAILED: not well within 5m')
    expect(cluster.told).not.toContain('drain web2')
  })

  test('leaves alone whom somebody else has taken out', async () => {
    cluster.out('web2', { kind: 'maintenance', owner: 'bob', reason: 'disk' })
    const { exitCode, lines } = await roll(['--pool', 'web', ...RUN])
    expect(exitCode).toBe(0)
    expect(lines).toContain('web2 (2 of 3): left alone: maintenance by bob: disk')
    expect(lines.at(-1)).toBe('2 done, 1 left alone')
    expect(cluster.outages.get('web2')?.owner).toBe('bob')
  })

  test('does not enable what somebody else said meanwhile', async () => {
    const { exitCode, lines } = await roll(['web1', 'web2', ...RUN], {
      run: () => {
        cluster.out('web1', { kind: 'maintenance', owner: 'bob', reason: 'disk' })
        return {}
      },
    })
    expect(exitCode).toBe(1)
    expect(lines.join('\n')).toContain('FAILED: meanwhile maintenance by bob: disk')
    expect(cluster.outages.get('web1')?.owner).toBe('bob')
  })

  test('a drain that is not over at its deadline stops it, and goes on', async () => {
    cluster.isDrained = () => false
    const deadline = new Date(0).toISOString()
    const told = daemon.answer(api.status, () => {
      const now = cluster.status()
      for (const { drain } of now.services[0]?.realServers ?? []) {
        if (drain !== undefined) Object.assign(drain, { deadline, atDeadline: 'keep' })
      }
      return now
    })
    const { exitCode, lines } = await roll(['web1', 'web2', ...RUN, '--deadline', '1m'])
    expect(exitCode).toBe(1)
    expect(told.length).toBeGreaterThan(1)
    expect(lines.join('\n')).toContain(
      'FAILED: it is not drained at its deadline; web1 goes on draining',
    )
    expect(cluster.outages.has('web1')).toBe(true)
  })

  test('Ctrl-C while one drains leaves the drain running and begins nothing else', async () => {
    cluster.isDrained = () => false
    const onSleep = (io: FakeIo) => io.interrupt()
    const { exitCode, lines } = await roll(['web1', 'web2', ...RUN], { onSleep })
    expect(exitCode).toBe(1)
    expect(lines).toContain('web1 (1 of 2): interrupted; web1 goes on draining')
    expect(lines).toContain('bring back: lvsctl enable web1')
    expect(lines.at(-1)).toBe('go on:      lvsctl drain --rolling … web1 web2')
    expect(cluster.told).toEqual(['drain web1'])
  })

  test('Ctrl-C while a command runs brings that one back and begins nothing else', async () => {
    let io: FakeIo | undefined
    const run = () => {
      io?.interrupt()
      return {}
    }
    const made = createFakeIo({
      run,
      env: { LVSCTL_SOCKET: daemon.socketPath, SUDO_USER: 'anna', NO_COLOR: '1' },
    })
    io = made
    expect(await runCli(['drain', '--rolling', 'web1', 'web2', ...RUN], made)).toBe(1)
    expect(cluster.told).toEqual(['drain web1', 'enable web1'])
    expect(made.written.out).toContain('stopped: 1 done, 1 not begun')
    expect(made.written.out).toContain('go on:      lvsctl drain --rolling … web2')
  })

  test('--json prints only how it went, what commands print goes to standard error', async () => {
    const { out, err } = await roll(['web1', 'web2', ...RUN, '--json'], {
      run: (words) => ({
        lines: ['hello'],
        ...(words.includes('web2') && { ended: 'died of SIGKILL' }),
      }),
    })
    expect(JSON.parse(out)).toEqual({
      done: ['web1'],
      skipped: [],
      failed: [
        { target: 'web2', why: 'upgrade died of SIGKILL', after: 'web2 stays out of service' },
      ],
      interrupted: [],
      left: [],
    })
    expect(err).toContain('web1| hello\n')
  })

  test.each([
    [['web1'], '--rolling needs --run'],
    [[...RUN], 'wanted a TARGET, --zone or --pool'],
    [['web1', '--run', 'a "b'], 'a " has no end'],
    [['web1', '--run', ' '], 'wanted a command'],
    [['web1', ...RUN, '--max', '0'], '--max 0: wanted 1 to 100'],
    [['web1', ...RUN, '--hold'], '--hold is of no use'],
    [['web1', ...RUN, '--no-wait'], '--no-wait is of no use'],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, err } = await roll(args)
    expect(exitCode).toBe(2)
    expect(err).toContain(message)
  })

  test('its options are wrong usage without it, and names must be there', async () => {
    const io = createFakeIo({ env: { LVSCTL_SOCKET: daemon.socketPath } })
    expect(await runCli(['drain', 'web1', '--max', '2'], io)).toBe(2)
    expect(io.written.err).toContain('--max is of use with --rolling only')
    expect(await roll(['web9', ...RUN])).toMatchObject({ exitCode: 4 })
    expect(await roll(['--pool', 'wbe', ...RUN])).toMatchObject({ exitCode: 4 })
    expect(cluster.told).toEqual([])
  })
})
