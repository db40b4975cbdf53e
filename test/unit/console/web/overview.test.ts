import { describe, expect, test } from 'vitest'
import { listServers, listServices } from '../../../../services/console/web/core/list-view.ts'
import { NO_FILTER } from '../../../../services/console/web/core/route.ts'
import { markOf } from '../../../../services/console/web/core/server-mark.ts'
import { parityOf, rowOf } from '../../../../services/console/web/core/service-row.ts'
import { translator } from '../../../../services/console/web/core/translate.ts'
import { troublesOf } from '../../../../services/console/web/core/troubles.ts'
import { rowWindow } from '../../../../services/console/web/core/window-rows.ts'
import type { RealServerStatus, ServiceStatus } from '../../../../services/shared/wire/status.ts'
import { realServer, service, status } from '../../../acceptance/lvsctl-data.ts'

const down = (name: string): RealServerStatus =>
  realServer({ name, health: 'down', weight: { configured: 100, effective: 0 } })
const up = (name: string): RealServerStatus => realServer({ name })

const t = translator('en')
function sentences(of: Partial<ServiceStatus>): readonly string[] {
  return troublesOf({ ...status(), services: [service(of)] }).map(({ key, params, named }) =>
    t(key, named === undefined ? params : { ...params, [named.param]: t(named.key) }),
  )
}

describe('the mark of a real server', () => {
  test.each([
    ['serving', {}],
    ['degraded', { degraded: 0.5 }],
    ['down', { health: 'down', weight: { configured: 100, effective: 0 } }],
    ['kept', { health: 'down' }],
    ['unknown', { health: 'unknown' }],
    ['standby', { weight: { configured: 100, effective: 0 } }],
    ['draining', { admin: 'draining', health: 'down' }],
    ['maintenance', { admin: 'maintenance', weight: { configured: 100, effective: 0 } }],
  ] as const)('%s', (mark, of) => {
    expect(markOf(realServer(of))).toBe(mark)
  })
})

describe('what is wrong now', () => {
  test('is nothing when all serve', () => {
    expect(sentences({ realServers: [up('web1'), up('web2')] })).toEqual([])
  })

  test('says how many are out, what is left, and when the guard acts', () => {
    const realServers = [...Array(10)].map((_, index) => up(`web${index}`))
    const two = [down('web10'), down('web11')]
    expect(sentences({ panicThreshold: 0.5, realServers: [...realServers, ...two] })).toEqual([
      'web: 2 of 12 real servers out; 83 % of capacity left; panic threshold at 50 %',
    ])
  })

  test('says when nobody serves, and when the sorry server does', () => {
    expect(sentences({ realServers: [down('web1')] })).toEqual([
      'web: no real server has a weight; new clients are not served',
    ])
    const sorryServer = { address: '10.0.0.9:80', serving: true }
    expect(sentences({ realServers: [down('web1')], sorryServer })).toEqual([
      'web: the sorry server serves; 1 of 1 real servers out',
    ])
  })

  test('names the guard that keeps servers in, and takes drains for what they are', () => {
    const kept = realServer({ name: 'web2', health: 'down' })
    const drained = realServer({ name: 'web3', admin: 'drained' })
    const guards = [{ guard: 'panic', reason: 'x' }] as const
    expect(sentences({ realServers: [up('web1'), kept, drained], guards: [...guards] })).toEqual([
      'web: the panic threshold keeps 1 failed real server in',
      'web: 1 real server taken out by operators',
    ])
  })

  test('begins with what is worst', () => {
    const services = [
      service({ name: 'a', realServers: [up('a1'), down('a2')] }),
      service({ name: 'b', realServers: [down('b1')] }),
    ]
    const told = troublesOf({ ...status(), services })
    expect(told.map((trouble) => trouble.service)).toEqual(['b', 'a'])
  })

  test('names directors that are missing', () => {
    const told = troublesOf({ ...status(), services: [], missingDirectors: ['lvs9'] })
    expect(told.map(({ key, params }) => t(key, params))).toContain(
      'Director lvs9 has never reported',
    )
    expect(troublesOf({ ...status(), services: [], directors: [] })[0]?.key).toBe(
      'trouble.no-director',
    )
  })
})

describe('the list of services', () => {
  const web = service({ name: 'web', realServers: [up('web1'), down('web2')] })
  const mail = service({ name: 'mail', address: '192.0.2.7:25/tcp', realServers: [up('mx10')] })
  const dns = service({ name: 'dns', realServers: [realServer({ name: 'ns1', zone: 'rack-b' })] })
  const list = (filter: Partial<typeof NO_FILTER>) =>
    listServices([mail, web, dns], { ...NO_FILTER, ...filter }).map(({ row, matching }) =>
      [row.service.name, ...matching].join(' '),
    )

  test('has the troubled first, then names', () => {
    expect(list({})).toEqual(['web', 'dns', 'mail'])
    expect(list({ sort: 'name' })).toEqual(['dns', 'mail', 'web'])
  })

  test('is filtered by service, address, real server, zone and state', () => {
    expect(list({ text: 'MAIL' })).toEqual(['mail'])
    expect(list({ text: ':25' })).toEqual(['mail'])
    expect(list({ text: 'mx1' })).toEqual(['mail mx10'])
    expect(list({ text: 'rack-b' })).toEqual(['dns ns1'])
    expect(list({ text: 'web down' })).toEqual(['web web2'])
    expect(list({ text: 'nothing' })).toEqual([])
  })

  test('shows only troubled ones when asked', () => {
    expect(list({ troubled: true })).toEqual(['web'])
  })

  test('is made once for a service that stays the same', () => {
    expect(rowOf(web)).toBe(rowOf(web))
  })

  test('of real servers goes by number, the troubled first', () => {
    const servers = [up('web10'), up('web9'), down('web11')]
    const names = listServers(servers, NO_FILTER).map(({ name }) => name)
    expect(names).toEqual(['web11', 'web9', 'web10'])
    expect(listServers(servers, { ...NO_FILTER, troubled: true })).toHaveLength(1)
  })
})

test('a director that differs, obeys nobody or is behind is not counted as holding the table', () => {
  const [director] = status().directors
  if (director === undefined) throw new Error('no director in the data')
  const at = director.generation
  const of = (change: object) => parityOf({}, [director, { ...director, ...change }], at)
  expect(of({})).toEqual({ good: 2, total: 2 })
  expect(of({ differences: ['x'] })).toEqual({ good: 1, total: 2 })
  expect(of({ unmanagedSince: '2026-01-01T00:00:00Z' })).toEqual({ good: 1, total: 2 })
  expect(of({ generation: at - 2 })).toEqual({ good: 1, total: 2 })
  expect(parityOf({ directors: [director.name, 'other'] }, [director], at)).toEqual({
    good: 1,
    total: 2,
  })
})

describe('the window of a long list', () => {
  test('draws what is on the screen and a little more', () => {
    const { from, to, above, below } = rowWindow(5000, 50, 10_000, 900)
    expect(from).toBeLessThanOrEqual(200)
    expect(to).toBeGreaterThanOrEqual(218)
    expect(to - from).toBeLessThan(60)
    expect(above + (to - from) * 50 + below).toBe(250_000)
  })

  test.each([
    [0, 0],
    [3, -500],
    [5000, 1e9],
  ])('of %i rows stays within them', (count, top) => {
    const { from, to, above, below } = rowWindow(count, 50, top, 900)
    expect(from).toBeGreaterThanOrEqual(0)
    expect(to).toBeGreaterThanOrEqual(from)
    expect(to).toBeLessThanOrEqual(count)
    if (count > 0 && top > 0) expect(to - from).toBeGreaterThan(10)
    expect(above + (to - from) * 50 + below).toBe(count * 50)
  })
})
