import { afterEach, expect, test, vi } from 'vitest'
import { age, localTime, shortAge } from '../../../services/cli/local-time.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each([
  ['Europe/Berlin', '2026-07-15T12:00:05.900Z', '2026-07-15 14:00:05 +0200'],
  ['Europe/Berlin', '2026-01-01T23:30:00Z', '2026-01-02 00:30:00 +0100'],
  ['America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31 20:30:00 -0330'],
  ['UTC', '2026-01-01T00:00:00Z', '2026-01-01 00:00:00 +0000'],
])('in %s %s is %s', (zone, time, expected) => {
  vi.stubEnv('TZ', zone)
  expect(localTime(time)).toBe(expected)
})

test('an age has whole seconds and is never negative', () => {
  expect(age('2026-07-15T11:57:49.400Z', '2026-07-15T12:00:00Z')).toBe('2m 10s')
  expect(age('2026-07-15T12:00:03Z', '2026-07-15T12:00:00Z')).toBe('0s')
  expect(shortAge('2026-07-15T09:30:00Z', '2026-07-15T12:00:00Z')).toBe('2h')
})
