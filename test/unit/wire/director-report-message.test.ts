import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_CONNECTIONS, NO_TRAFFIC } from '../../../services/shared/domain/no-traffic.ts'
import type { CountedTable } from '../../../services/shared/domain/table.ts'
import { directorReportMessage } from '../../../services/shared/wire/director-report-message.ts'
import { buildReport } from '../../support/cluster-builder.ts'
import { anyTable } from '../../support/table-arbitrary.ts'

const counter = fc.oneof(fc.constant(0), fc.nat(Number.MAX_SAFE_INTEGER))
const counters = <Key extends string>(keys: readonly Key[]) =>
  fc
    .tuple(...keys.map(() => counter))
    .map((list) => Object.fromEntries(keys.map((key, i) => [key, list[i]])) as Record<Key, number>)

const stats = counters(Object.keys(NO_TRAFFIC) as (keyof typeof NO_TRAFFIC)[])
const counts = counters(Object.keys(NO_CONNECTIONS) as (keyof typeof NO_CONNECTIONS)[])

const countedTable: fc.Arbitrary<CountedTable> = fc
  .tuple(anyTable, fc.infiniteStream(fc.tuple(stats, counts, fc.boolean())))
  .map(([table, numbers]) => {
    const next = () => numbers.next().value ?? [NO_TRAFFIC, NO_CONNECTIONS, false]
    return table.map((service) => ({
      ...service,
      stats: next()[0],
      servers: service.servers.map((row) => {
        const [traffic, connections, isLocal] = next()
        const local = isLocal ? { local: true as const } : {}
        return { ...row, ...local, stats: traffic, counts: connections }
      }),
    }))
  })

/** The message as others would send it, with something else in it. */
function withServices(services: unknown): Uint8Array {
  const text = new TextDecoder().decode(directorReportMessage.encode(buildReport()))
  const message = JSON.parse(text) as { v: number; body: object }
  return bytes({ ...message, body: { ...message.body, services } })
}

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const HEAD = [['tcp', '192.0.2.10', 80, 4], 'wlc', [], 0, 0, []] as const

describe('the report of a director', () => {
  test('says every table as it is, counters to the last one', () => {
    fc.assert(
      fc.property(countedTable, (services) => {
        const report = buildReport({ services, unmanagedSince: 7, ipvs: '1.2.1' })
        expect(directorReportMessage.decode(directorReportMessage.encode(report))).toEqual(report)
      }),
    )
  })

  test('takes 30 bytes a row as long as there are no clients', () => {
    const row = {
      ...{ address: '10.0.0.1', port: 80, forwarding: 'direct-route' as const, weight: 100 },
      ...{ upperThreshold: 0, lowerThreshold: 0, counts: NO_CONNECTIONS, stats: NO_TRAFFIC },
    }
    const service = {
      address: { type: 'fwmark', family: 4, mark: 7 },
      ...{ scheduler: 'wlc', schedulerFlags: [], onePacket: false, stats: NO_TRAFFIC },
    } as const
    const size = (rows: number) =>
      directorReportMessage.encode(
        buildReport({ services: [{ ...service, servers: Array(rows).fill(row) }] }),
      ).length
    expect(size(2001) - size(1001)).toBeLessThan(30_000)
  })

  test.each([
    ['services that are no list', {}, 'want a list'],
    ['a service that is no list', ['x'], 'services.0: want a list'],
    ['an unknown protocol', [[['icmp', '192.0.2.1', 80, 4], ...HEAD.slice(1), []]], 'address'],
    ['a port out of range', [[['tcp', '192.0.2.1', 65_536, 4], ...HEAD.slice(1), []]], 'address'],
    ['a mark with a fraction', [[['fwmark', 1.5, 4], ...HEAD.slice(1), []]], 'address'],
    ['no scheduler', [[HEAD[0], 7, [], 0, 0, [], []]], 'scheduler'],
    ['an unknown flag', [[HEAD[0], 'sh', ['x'], 0, 0, [], []]], 'flags'],
    ['a one-packet of 2', [[HEAD[0], 'rr', [], 2, 0, [], []]], 'want 0 or 1'],
    ['a persistence of text', [[HEAD[0], 'rr', [], 0, ['x', 1], [], []]], 'persistence'],
    ['an engine of another kind', [[HEAD[0], 'rr', [], 0, [9, 32, 'q'], [], []]], 'persistence'],
    ['statistics below zero', [[HEAD[0], 'rr', [], 0, 0, [-1], []]], 'statistics'],
    ['rows that are no list', [[...HEAD, 'x']], 'want rows'],
    ['a row that is no list', [[...HEAD, [{}]]], 'want a row'],
    ['a row without an address', [[...HEAD, [[1, 80]]]], 'want address'],
    ['a row with a text among its numbers', [[...HEAD, [['a', 80, 0, 'x']]]], 'want address'],
    ['a row with a hole', [[...HEAD, [['a', 80, 0, null, 1]]]], 'want address'],
    ['an unknown method', [[...HEAD, [['a', 80, 3]]]], 'want a method'],
    ['an unknown tunnel', [[...HEAD, [['a', 80, [1, 'vxlan']]]]], 'want a tunnel'],
    ['a gue tunnel without a port', [[...HEAD, [['a', 80, [1, 'gue', 'none']]]]], 'want a tunnel'],
  ])('is refused with %s', (_what, services, message) => {
    expect(() => directorReportMessage.decode(withServices(services))).toThrow(message)
  })

  test('is refused in the version before this one', () => {
    expect(() => directorReportMessage.decode(bytes({ v: 1, body: {} }))).toThrow(
      'director report: want version 2, got 1',
    )
  })
})
