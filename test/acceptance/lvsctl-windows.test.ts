import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCli } from '../../services/cli/program.ts'
import { api } from '../../services/shared/wire/api.ts'
import type { WindowStatus } from '../../services/shared/wire/api-windows.ts'
import { createFakeIo, type StubDaemon, startStubDaemon } from './lvsctl-support.ts'

const OPEN: WindowStatus = {
  name: 'patch-night',
  source: 'cluster-file',
  act: 'maintenance',
  targets: ['web1', 'web/web2'],
  reason: 'kernel updates',
  forMs: 1_800_000,
  cron: '0 3 * * 0',
  timeZone: 'Europe/Berlin',
  openSince: '2026-07-15T12:00:00.000Z',
  closes: '2026-07-15T12:30:00.000Z',
  opens: '2026-07-19T01:00:00.000Z',
}

let daemon: StubDaemon

beforeEach(async () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  daemon = await startStubDaemon()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await daemon[Symbol.asyncDispose]()
})

async function lvsctl(...args: readonly string[]) {
  const io = createFakeIo({ env: { LVSCTL_SOCKET: daemon.socketPath, SUDO_USER: 'anna' } })
  const exitCode = await runCli(['window', ...args], io)
  return { exitCode, err: io.written.err, lines: io.written.out.trimEnd().split('\n') }
}

test('list says which are open, and whom they hold back and why', async () => {
  const why = 'web: 33 % of the weight would be up, the panic threshold is 50 %'
  const once = { ...OPEN, name: 'disks', cron: undefined, openSince: undefined, closes: undefined }
  const held = [{ target: 'web/web2', why }]
  const later = { ...once, opens: '2026-07-16T01:00:00.000Z', reason: '' }
  daemon.answer(api.windows, () => ({ windows: [later, { ...OPEN, held }] }))
  const { exitCode, lines } = await lvsctl('list')
  expect(exitCode).toBe(0)
  expect(lines[1]).toMatch(/^patch-night +open until 2026-07-15 14:30:00 \+0200 +30m /)
  expect(lines[2]).toBe(`  holds back web/web2: ${why}`)
  expect(lines[3]).toMatch(/^disks +opens 2026-07-16 03:00:00 \+0200 +30m +once /)
})

test('add says when, how long, who, why, and whether by force', async () => {
  const asked = daemon.answer(api.windowAdd, () => ({ windows: [OPEN] }))
  const weekly = ['--cron', '0 3 * * 0', '--time-zone', 'Europe/Berlin', '--for', '30m']
  const more = ['--drain', '--force', '--reason', 'kernel updates']
  const { lines } = await lvsctl('add', 'patch-night', 'web1', 'web/web2', ...weekly, ...more)
  expect(asked).toEqual([
    {
      owner: 'anna',
      window: {
        name: 'patch-night',
        start: { type: 'cron', expression: '0 3 * * 0', timeZone: 'Europe/Berlin' },
        forMs: 1_800_000,
        act: 'drain',
        targets: [{ server: 'web1' }, { service: 'web', server: 'web2' }],
        reason: 'kernel updates',
        force: true,
      },
    },
  ])
  expect(lines).toHaveLength(2)
  await lvsctl('add', 'disks', 'web1', '--at', '2026-12-01T03:00Z', '--for', '2h')
  const start = { type: 'once', at: Date.UTC(2026, 11, 1, 3) }
  expect(asked[1]?.window).toMatchObject({ start, act: 'maintenance', reason: '' })
  expect(asked[1]?.window).not.toHaveProperty('force')
})

test.each([
  [['add', 'disks', 'web1', '--for', '2h'], 'needs --cron FIELDS or --at TIME'],
  [['add', 'disks', 'web1', '--at', 'tomorrow', '--for', '2h'], 'wanted a time such as'],
  [['add', 'disks', 'web1', '--at', '2026-12-01T03:00', '--for', '30s'], 'wanted 1m to 7d'],
])('%j is wrong usage', async (args, message) => {
  const { exitCode, err } = await lvsctl(...args)
  expect(exitCode).toBe(2)
  expect(err).toContain(message)
})

test('remove says that it opens no more', async () => {
  const asked = daemon.answer(api.windowRemove, () => ({ windows: [] }))
  expect((await lvsctl('remove', 'disks', '--reason', 'done')).lines).toEqual([
    'disks opens no more',
  ])
  expect(asked).toEqual([{ name: 'disks', owner: 'anna', reason: 'done' }])
})
