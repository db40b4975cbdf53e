import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProgram } from '../../services/cli/create-program.ts'
import { runCli } from '../../services/cli/program.ts'
import type { LogEvent } from '../../services/shared/domain/log-event.ts'
import { api, type Changed, type CheckRun } from '../../services/shared/wire/api.ts'
import type { IncidentStatus } from '../../services/shared/wire/api-alerts.ts'
import { createFakeSystem, ipAddr, ipRoute, sysctlFiles } from '../support/fake-system.ts'
import {
  drainingServer,
  drainOf,
  history,
  NOON,
  realServer,
  service,
  sickServer,
  status,
  why,
} from './lvsctl-data.ts'
import { createFakeIo, type StubDaemon, startStubDaemon } from './lvsctl-support.ts'

const page = new URL('../../docs/reference/lvsctl.md', import.meta.url)
/** A command and what it printed, as the page shows it. */
const TRANSCRIPT = /```console\n\$ lvsctl ([^\n]*)\n([\s\S]*?)```/g
const KERNEL_UPDATE = 'draining, drain by anna: kernel update'

let daemon: StubDaemon

beforeEach(async () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  daemon = await startStubDaemon()
  answerAll(daemon)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await daemon[Symbol.asyncDispose]()
})

test('every transcript in docs/reference/lvsctl.md is what lvsctl prints (UPDATE=1 writes them)', async () => {
  const text = await readFile(page, 'utf8')
  const transcripts = [...text.matchAll(TRANSCRIPT)]
  expect(transcripts.length).toBeGreaterThan(8)
  let printed = text
  for (const [whole, command = ''] of transcripts) {
    const block = `\`\`\`console\n$ lvsctl ${command}\n${await print(command)}\`\`\``
    printed = printed.replace(whole, () => block)
  }
  if (process.env['UPDATE'] === '1') await writeFile(page, printed)
  else expect(text).toBe(printed)
})

test('the page names every command and every option of the help', async () => {
  const text = await readFile(page, 'utf8')
  const headings = [...text.matchAll(/^## (.*)$/gm)].flatMap(([, names = '']) => names.split(', '))
  const program = createProgram({ io: createFakeIo(), exitCode: 0 })
  const missing: string[] = []
  for (const command of program.createHelp().visibleCommands(program)) {
    if (command.name() === 'help') continue
    if (!headings.includes(command.name())) missing.push(`## ${command.name()}`)
    for (const each of [command, ...command.commands]) {
      for (const { long } of each.options) {
        if (long !== undefined && !text.includes(long)) missing.push(`${each.name()} ${long}`)
      }
    }
  }
  expect(missing).toEqual([])
})

/** What one command line prints; words in double quotes are one. */
async function print(command: string): Promise<string> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word)
  const io = createFakeIo({
    env: { LVSCTL_SOCKET: daemon.socketPath, SUDO_USER: 'anna' },
    files: {
      'bad.yaml': BAD_FILE,
      'shop.yaml': 'cluster: shop',
      'shop3.yaml': GOOD_FILE,
      'trap.yaml': TRAP_FILE,
    },
  })
  await runCli(
    words.filter((word) => word !== undefined),
    { ...io, system: MACHINE },
  )
  expect(io.written.err).toBe('')
  return io.written.out
}

function answerAll({ answer }: StubDaemon): void {
  answer(api.weight, () => ({
    changed: [
      {
        service: 'web',
        server: 'web3',
        admin: 'enabled' as const,
        weight: { before: 100, after: 50 },
        reason: 'weight by anna: half of its memory is gone; http: pass: HTTP 200 OK',
      },
    ],
  }))
  answer(api.project, () => ({
    services: [
      {
        service: 'web',
        share: { before: 1, after: 2 / 3 },
        servers: [
          {
            name: 'web1',
            weight: 100,
            active: { before: 12, after: 14 },
            rate: { before: 3, after: 3.5 },
          },
        ],
        objections: [],
      },
    ],
  }))
  answer(api.release, ({ services }) => ({
    released: services.map((service) => ({
      service,
      cause: '3 of 4 real servers fail at once',
    })),
  }))
  let left = 5
  answer(api.status, () => {
    const web = [realServer(), sickServer]
    const active = --left
    const connections = { active, inactive: active * 2, persistent: 0 }
    const admin = active > 0 ? ('draining' as const) : ('drained' as const)
    const drain = drainOf(active, active * 2, { leftMs: active * 8000 })
    const who = { scope: 'web3', owner: 'anna', reason: 'kernel update', since: NOON }
    const outage = { kind: 'drain' as const, ...who, until: '2026-07-15T16:00:00.000Z' }
    web.push({ ...drainingServer, admin, connections, drain, outage })
    return status({ services: [service({ realServers: web })] })
  })
  answer(api.why, () => ({ answers: [why()] }))
  answer(api.drain, () => changed('draining', 100, 0, KERNEL_UPDATE))
  answer(api.maintenance, () => changed('maintenance', 100, 0, 'maintenance, by anna: disk broken'))
  answer(api.enable, () => changed('enabled', 0, 100, 'http: pass: HTTP 200 OK'))
  answer(api.reload, () => ({ applied: true, file: '/etc/lvs-warden/shop.yaml', findings: [] }))
  answerRevisions(answer)
  answerPlans(answer)
  answer(api.events, () => {
    const where = { service: 'web', server: 'web2' } as const
    const at = Date.parse(NOON)
    const down = 'http: fail connect.refused: 10.0.0.12:80: connection refused'
    const orders = 'anna asked to drain web3 in all its services for 4h: kernel update'
    const events: LogEvent[] = [
      { ...where, at: at - 130_000, type: 'health', message: `web/web2 is down: ${down}` },
      {
        ...where,
        at: at - 130_000,
        type: 'weight',
        message: `web/web2: weight 50 -> 0: ${down}`,
      },
      { at, type: 'operator', server: 'web3', by: 'anna', message: orders },
    ]
    return { events }
  })
  answer(api.check, () => ({ runs: [CHECK_RUN] }))
  answer(api.history, () => history())
  answer(api.report, ({ fromMs, toMs }) => {
    const hour = 3_600_000
    const longest = { at: fromMs + 300 * hour, ms: hour / 2 }
    const web2 = { availability: 0.998656, downMs: hour, maintenanceMs: 0, outages: 3, longest }
    const well = { availability: 1, downMs: 0, maintenanceMs: 0, outages: 0 }
    const servers = [
      { name: 'web1', ...well },
      { name: 'web2', ...web2 },
      { name: 'web3', ...well, maintenanceMs: 4 * hour },
    ]
    const services = [{ name: 'web', ...well, servers }]
    return { cluster: 'shop', fromMs, toMs, recordedFromMs: fromMs, services }
  })
  answer(api.alertTest, ({ channel }) => ({
    ...{ channel, type: 'ntfy' as const, alerter: 'lvs1', outcome: 'failed' as const, tookMs: 84 },
    reason: 'the receiver answered 403: {"code":40301,"error":"forbidden"} (is the secret right?)',
    final: true,
  }))
  answer(api.alerts, () => ({
    ...{ at: NOON, alerter: 'lvs1', channels: ['ops', 'pager'], silences: [], deadLetters: [] },
    incidents: [INCIDENT],
  }))
  answer(api.push, () => ({ pushed: [{ service: 'web', server: 'web3', label: 'push' }] }))
}

const minutesAgo = (minutes: number) => new Date(Date.parse(NOON) - minutes * 60_000).toISOString()

const INCIDENT: IncidentStatus = {
  ...{ incident: 17, state: 'acknowledged', severity: 'critical', since: minutesAgo(12), level: 2 },
  summary: 'web: too few real servers are up, failed ones are kept in and 1 more',
  causes: [
    {
      ...{ key: 'guard/web', severity: 'critical', since: minutesAgo(11), flapping: false },
      message: 'web: too few real servers are up, failed ones are kept in',
    },
    {
      ...{ key: 'down/web/web3', severity: 'warning', since: minutesAgo(12), flapping: false },
      message: 'web/web3 is down: http: fail http.status: want 200-299, got 503',
    },
  ],
  ack: { by: 'ada', reason: 'the new release; rolling it back', at: minutesAgo(4) },
  told: ['ops', 'pager'].map((channel) => {
    return { at: minutesAgo(4), channel, kind: 'ack', level: 2, state: 'delivered' as const }
  }),
}

function answerRevisions(answer: StubDaemon['answer']): void {
  const file = 'shop.yaml'
  const done = { applied: true, changed: true, file, findings: [] }
  answer(api.apply, () => ({ ...done, revision: 8 }))
  answer(api.rollback, () => ({ ...done, revision: 9 }))
  const at = Date.parse(NOON)
  const sixth = { revision: 6, by: 'bert', reason: '', at: at - 5 * 3_600_000, bytes: 52 }
  const reason = 'web4 is not ready'
  const seventh = { revision: 7, file, by: 'anna', reason, at, bytes: 32, restores: 5 }
  answer(api.revisions, () => ({
    current: 7,
    revisions: [{ ...sixth, file: '/etc/lvs-warden/shop.yaml' }, seventh],
  }))
  const text = 'realServers:\n  web1: 10.0.0.11\n'
  answer(api.revision, ({ revision }) =>
    revision === 7 ? { ...seventh, text } : { ...sixth, file, text: `${text}  web4: 10.0.0.14\n` },
  )
}

const CUT = 'they are cut: net.ipv4.vs.expire_nodest_conn is 1'

function answerPlans(answer: StubDaemon['answer']): void {
  const place = { service: 'web', address: '192.0.2.10:80/tcp', by: 'file' as const }
  const both = { ...place, directors: ['lvs1', 'lvs2'] }
  const row = (server: string, last: number) => ({ ...both, server, row: `10.0.0.${last}:80` })
  const weight = (kernel: string, desired: string) => [
    { what: 'weight', kernel, applied: kernel, desired },
  ]
  const counts = (active: number, inactive: number) => ({ active, inactive, persistent: 0 })
  answer(api.plan, ({ file }) => ({
    plan: '3f9a2c1b7d04',
    until: '2026-07-15T13:00:00.000Z',
    ...{ file, findings: [], base: 7 },
    changes: [
      {
        ...row('web1', 11),
        act: 'change-server' as const,
        fields: weight('100', '50'),
        connections: counts(24, 60),
        why: 'http: pass: 200 in 3 ms',
      },
      {
        ...row('web2', 12),
        act: 'remove-server' as const,
        fields: weight('100', 'none'),
        connections: counts(18, 44),
        why: `the file has it no more; its connections: ${CUT}`,
      },
    ],
    later: [
      { service: 'web', server: 'web4', message: 'enters with weight 100 when its checks pass' },
    ],
    settings: ['web: panicThreshold 0.5 -> 0.4'],
    verdicts: [
      {
        service: 'web',
        share: { before: 1, after: 0.6 },
        servers: [
          { name: 'web1', active: { before: 24, after: 30 } },
          { name: 'web3', active: { before: 25, after: 37 } },
        ],
        objections: [],
      },
    ],
    warnings: [],
  }))
  const done = { applied: true, changed: true, file: 'shop.yaml', findings: [] }
  answer(api.applyPlan, () => ({ ...done, revision: 8 }))
}

function changed(
  admin: Changed['changed'][number]['admin'],
  before: number,
  after: number,
  reason: string,
): Changed {
  return {
    changed: [{ service: 'web', server: 'web3', admin, weight: { before, after }, reason }],
  }
}

const CHECK_RUN: CheckRun = {
  service: 'web',
  server: 'web2',
  label: 'http',
  kind: 'http',
  target: '10.0.0.12:80',
  outcome: 'fail',
  code: 'http.status',
  layer: 'content',
  detail: 'wanted 200-299, got 500 Internal Server Error',
  durationMs: 3.21,
  transcript: [
    { direction: 'sent', text: 'GET /health HTTP/1.1\r\nHost: 10.0.0.12\r\nConnection: close\r\n' },
    { direction: 'received', text: 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n' },
  ],
}

const BAD_FILE = `cluster: shop
realServers: { web1: 10.0.0.11 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    check: { type: tcp }
    realServers:
      web1: { wieght: 100 }
`

const TRAP_FILE = `cluster: shop
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: direct-route
    persistence: 8h
    realServers: { web1: , web2: }
`

const GOOD_FILE = `cluster: shop
realServers: { web1: 10.0.0.11 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: direct-route
    check: http
    realServers: { web1: }
`

/** The real server web1, which lost its settings at a reboot. */
const MACHINE = createFakeSystem({
  files: sysctlFiles({ 'net.ipv4.conf.all.arp_ignore': 0, 'net.ipv4.conf.all.arp_announce': 0 }),
  programs: {
    'ip -j addr': ipAddr('lo 192.0.2.10/32', 'eth0 10.0.0.11/24'),
    'ip -j route get 198.51.100.1': ipRoute('eth0', '10.0.0.254'),
    'timedatectl show -p NTPSynchronized --value': 'yes',
  },
})
