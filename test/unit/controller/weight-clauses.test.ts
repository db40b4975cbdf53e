import { afterAll, expect, test } from 'vitest'
import { clausesOf, PAIR, story, twoServers } from '../../support/clauses.ts'

/** docs/concepts/serving.md, section 11, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, 11)))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

/** Two real servers in the table, the second at 0, under these keys. */
function found(keys: string, ...commands: readonly string[]) {
  const head = PAIR[0].replace('wlc', `wlc ${keys}`)
  const table = 'table web web1=100 web2=0'
  return story(head, PAIR[1], PAIR[2], table, 'start', 'pass web1', 'pass web2 x2', ...commands)
}

const SLOW = 'slowStart=20s,4,20%'

clause('11.1', 'another weight, and the narrower goes first', () => {
  expect(twoServers('weight web1 30').weights).toBe('web1=30 web2=100')
  expect(twoServers('weight web1 30', 'weight web/web1 45%').weights).toBe('web1=45 web2=100')
  expect(twoServers('weight web1 250%').weights).toBe('web1=250 web2=100')
  expect(twoServers('weight web1 0').weights).toBe('web1=0 web2=100')
})

clause('11.2', 'an override like others', () => {
  const timed = twoServers('weight web1 30 for 10s')
  expect(timed.andThen('drain web1').weights).toBe('web1=none web2=100')
  expect(timed.andThen('restart', 'why web/web1').said).toContain('weight of web1 by alice')
  expect(timed.andThen('tick 10s', 'enable web1', 'pass web1 x2').weights).toBe('web1=100 web2=100')
  expect(twoServers('weight web1 30', 'enable web1').weights).toBe('web1=100 web2=100')
  expect(twoServers('weight web1 30', 'weight web1 configured').weights).toBe('web1=100 web2=100')
})

clause('11.3', 'step by step while checks pass', () => {
  const slow = found(SLOW)
  expect(slow.weights).toBe('web1=100 web2=20')
  expect(slow.andThen('tick 30s').weights).toBe('web1=100 web2=20')
  expect(slow.andThen('pass web2', 'tick').weights).toBe('web1=100 web2=40')
  expect(slow.andThen('pass web2', 'tick 4s').weights).toBe('web1=100 web2=40')
  const steps = ['tick', 'pass web2', 'tick 5s', 'pass web2', 'tick 5s', 'pass web2', 'tick 5s']
  expect(slow.andThen(...steps).weights).toBe('web1=100 web2=100')
})

clause('11.4', 'back to the first step on a failure', () => {
  const slow = found(SLOW, 'tick', 'pass web2', 'tick 5s')
  expect(slow.weights).toBe('web1=100 web2=40')
  expect(slow.andThen('fail web2', 'tick').weights).toBe('web1=100 web2=20')
  const failed = slow.andThen('fail web2 x2')
  expect(failed.weights).toBe('web1=100 web2=0')
  expect(failed.andThen('pass web2 x2').weights).toBe('web1=100 web2=20')
})

clause('11.5', 'the lower of ramp and degradation', () => {
  const slow = found(SLOW, 'degraded web2 30% x3')
  expect(slow.weights).toBe('web1=100 web2=20')
  const later = ['tick', 'degraded web2 30%', 'tick 5s', 'degraded web2 30%', 'tick 5s']
  expect(slow.andThen(...later).weights).toBe('web1=100 web2=30')
})

clause('11.6', 'a restart goes on', () => {
  const slow = found(SLOW, 'tick', 'pass web2', 'tick 5s', 'restart', 'pass web1 web2')
  expect(slow.weights).toBe('web1=100 web2=40')
  expect(slow.andThen('tick 5s', 'pass web2', 'tick').weights).toBe('web1=100 web2=60')
  const loaded = story(
    PAIR[0].replace('wlc', 'wlc dynamic=1s'),
    PAIR[1],
    PAIR[2],
    'table web web1=70 web2=120',
    'start',
    'pass web1 web2',
  )
  expect(loaded.weights).toBe('web1=70 web2=120')
})

/** Both up under weights that follow new connections. */
function loaded(keys: string, ...commands: readonly string[]) {
  const head = PAIR[0].replace('wlc', `wlc ${keys}`)
  return story(head, PAIR[1], PAIR[2], 'start', 'pass web1 web2', ...commands)
}

clause('11.7', 'who has more load gets less', () => {
  const active = loaded('dynamic=10s,1:0:0:0', 'connections web1 active=30')
  const both = active.andThen('connections web2 active=10')
  expect(both.andThen('tick 9s').weights).toBe('web1=100 web2=100')
  expect(both.andThen('tick').weights).toBe('web1=92 web2=108')
  expect(both.andThen('tick 9s').weights).toBe('web1=92 web2=108')
  // Nothing that the weights do changes these connections, so it goes on to its bounds.
  expect(both.andThen('tick 10m').weights).toMatch(/^web1=2\d web2=150$/)
  const near = loaded('dynamic=10s,1:0:0:0', 'connections web1 active=102')
  expect(near.andThen('connections web2 active=98', 'tick 1m').weights).toBe('web1=100 web2=100')
})

clause('11.8', 'only those that serve with all of their weight take part', () => {
  const keys = 'dynamic=10s,1:0:0:0'
  const third = ['server web web3 10.0.0.13:80', 'reload', 'pass web3 x2', 'weight web3 50']
  const three = loaded(keys, ...third, 'connections web3 active=1000')
  expect(three.andThen('tick 1m').weights).toBe('web1=100 web2=100 web3=50')
  expect(loaded(keys, 'connections web1 active=9', 'drain web2', 'tick 1m').weights).toContain(
    'web1=100',
  )
})

clause('11.9', 'nothing is adjusted in silence', () => {
  const active = loaded('dynamic=10s,1:0:0:0', 'connections web1 active=30', 'director silent')
  expect(active.andThen('tick 1m').weights).toBe('web1=100 web2=100')
})

clause('11.10', 'an agent counts as load', () => {
  const agents = [`${PAIR[1]} check=agent`, `${PAIR[2]} check=agent`]
  const head = PAIR[0].replace('wlc', 'wlc dynamic=10s,0:0:0:1')
  const both = story(head, ...agents, 'start', 'pass web1 web2', 'degraded web1 40% x3')
  expect(both.weights).toBe('web1=100 web2=100')
  expect(both.andThen('tick 10s').weights).toBe('web1=93 web2=107')
  expect(both.andThen('degraded web1 0% x3').weights).toContain('web1=0')
})
