import { afterAll, expect, test } from 'vitest'
import { clausesOf, PAIR, story, twoServers } from '../../support/clauses.ts'

/** docs/concepts/serving.md, sections 5 to 8, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, '5678')))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

const SORRY = PAIR.map((line) => line.replace('wlc', 'wlc sorry=127.0.0.1:8088'))
const PANIC = PAIR.map((line) => line.replace('wlc', 'wlc panic=100%'))

clause('5.1', 'a drain quiesces, waits, and removes', () => {
  const busy = twoServers('connections web1 active=1', 'drain web1')
  expect(busy.weights).toBe('web1=0 web2=100')
  expect(busy.andThen('connections web1 inactive=1').weights).toBe('web1=0 web2=100')
  expect(busy.andThen('connections web1 persistent=1').weights).toBe('web1=0 web2=100')
  expect(busy.andThen('connections web1').weights).toBe('web1=none web2=100')
})

clause('5.2', 'an old report does not end a drain', () => {
  const gone = twoServers('drain web1', 'director silent', 'enable web1', 'drain web1', 'report')
  expect(gone.weights).toBe('web1=0 web2=100')
  expect(twoServers('director silent', 'drain web1', 'report').weights).toBe('web1=0 web2=100')
})

clause('5.3', 'maintenance is out at once', () => {
  const busy = twoServers('connections web1 active=1')
  expect(busy.andThen('maintenance web1').weights).toBe('web1=0 web2=100')
  expect(busy.andThen('service web tcp/192.0.2.10:80 sh', 'reload').weights).toBe(
    'web1=none web2=100',
  )
})

clause('5.4', 'no drain at weight 0 where it loses clients', () => {
  const hashing = twoServers('service web tcp/192.0.2.10:80 sh', 'reload')
  expect(hashing.andThen('connections web1 active=1', 'drain web1').weights).toBe(
    'web1=none web2=100',
  )
})

clause('5.5', 'an override adds no row', () => {
  const drained = twoServers('drain web1')
  expect(drained.andThen('drain web1 by bob').weights).toBe('web1=none web2=100')
  expect(drained.andThen('maintenance web1').weights).toBe('web1=none web2=100')
  const newcomer = story(...PAIR, 'start', 'drain web1', 'maintenance web2')
  expect(newcomer.weights).toBe('web1=none web2=none')
})

clause('5.6', 'everywhere or in one service; maintenance before drain', () => {
  const tls = ['service tls tcp/192.0.2.10:443 wlc', 'server tls web1 10.0.0.11:80']
  const both = twoServers(...tls, 'reload', 'pass web1 x2', 'connections web1 active=1')
  expect(both.andThen('maintenance tls/web1').weights).toBe('web1=100 web2=100 web1=0')
  const status = both.andThen('drain web1', 'status').said
  expect(status).toContain('web1 0/100 up draining')
  expect(status).toContain('web1 0/100 up maintenance')
})

clause('5.7', 'enable ends what it names', () => {
  const out = twoServers('maintenance web1', 'drain web/web1', 'maintenance web2')
  expect(out.andThen('enable web/web1').weights).toBe('web1=0 web2=0')
  expect(out.andThen('enable web1').weights).toBe('web1=100 web2=0')
})

clause('5.8', '--for ends by itself', () => {
  const short = twoServers('maintenance web1 for 10s', 'tick 9s')
  expect(short.weights).toBe('web1=0 web2=100')
  expect(short.andThen('tick 1s').weights).toBe('web1=100 web2=100')
})

clause('5.9', 'no weight under an override', () => {
  const out = story(...PANIC, 'start', 'pass web1 web2', 'maintenance web1', 'fail web2 x3')
  expect(out.weights).toBe('web1=0 web2=100')
  expect(out.andThen('pass web1 x5', 'table web web1=100 web2=100', 'restart').weights).toBe(
    'web1=0 web2=100',
  )
})

clause('5.10', 'overrides outlive restarts and the file', () => {
  const out = twoServers('maintenance web1', 'drain web2', 'restart', 'pass web1 web2 x3')
  expect(out.weights).toBe('web1=0 web2=none')
  const gone = out.andThen('remove-server web web1', 'reload', 'restart', PAIR[1], 'reload')
  expect(gone.andThen('pass web1 x3').weights).toBe('web2=none web1=none')
})

clause('5.11', 'health goes on beside an override', () => {
  const out = twoServers('maintenance web1', 'fail web1 x3')
  expect(out.andThen('status').said).toContain('web1 0/100 down maintenance')
  expect(out.andThen('enable web1').weights).toBe('web1=0 web2=100')
})

clause('6.1', 'nothing is published before everything is known', () => {
  const booted = story(...PAIR, 'boot', 'pass web1 web2', 'tick')
  expect(booted.weights).toBe('web1=none web2=none')
  expect(booted.andThen('report').said).toContain('publish 1')
})

clause('6.2', 'found weights are held until confirmed', () => {
  const found = story(...PAIR, 'table web web1=37 web2=0', 'start')
  expect(found.weights).toBe('web1=37 web2=0')
  expect(found.andThen('tick 1m', 'fail web1', 'inconclusive web1').weights).toBe('web1=37 web2=0')
  expect(found.andThen('pass web1').weights).toBe('web1=100 web2=0')
})

clause('6.3', 'a row with weight takes fall failures to leave', () => {
  const found = story(...PAIR, 'table web web1=37 web2=0', 'start', 'fail web1 x2')
  expect(found.weights).toBe('web1=37 web2=0')
  expect(found.andThen('fail web1').weights).toBe('web1=0 web2=0')
})

clause('6.4', 'a row at 0, or none, takes rise passes to serve', () => {
  const found = story(...PAIR, 'table web web1=0', 'start', 'pass web1 web2')
  expect(found.weights).toBe('web1=0 web2=none')
  expect(found.andThen('pass web1 web2').weights).toBe('web1=100 web2=100')
})

clause('6.5', 'what was seen before the table counts where it agrees', () => {
  const found = story(...PAIR, 'table web web1=37 web2=37', 'boot', 'fail web1 x3', 'pass web2')
  expect(found.andThen('report').weights).toBe('web1=37 web2=100')
  expect(found.andThen('fail web1 x2').weights).toBe('web1=37 web2=100')
  expect(found.andThen('fail web1').weights).toBe('web1=0 web2=100')
})

clause('6.6', 'a sorry server that is found goes on serving', () => {
  const found = story(...SORRY, 'table web web1=0 web2=0 sorry=1', 'start')
  expect(found.weights).toBe('web1=0 web2=0 sorry')
  expect(found.andThen('pass web1 x2').weights).toBe('web1=100 web2=0')
})

clause('6.7', 'after lost overrides who is out stays out', () => {
  const lost = twoServers('drain web1', 'lost-overrides', 'pass web1 web2 x3')
  expect(lost.weights).toBe('web1=none web2=100')
  expect(lost.andThen('why web/web1').said).toContain('overrides were lost')
  expect(lost.andThen('enable web1').weights).toBe('web1=100 web2=100')
})

clause('6.8', 'all of the weight is presumed not to be degraded', () => {
  const found = story(...PAIR, 'table web web1=100 web2=50', 'start')
  const slow = found.andThen('degraded web1 web2 30%')
  expect(slow.weights).toBe('web1=100 web2=30')
  expect(slow.andThen('degraded web1 30% x2').weights).toBe('web1=30 web2=30')
})

clause('7.1', 'a reload keeps verdicts, rows and overrides', () => {
  const kept = twoServers('fail web1 x2', 'maintenance web2', 'reload', 'fail web1')
  expect(kept.weights).toBe('web1=0 web2=0')
})

clause('7.2', 'a new check takes no place away before its fall', () => {
  const more = twoServers(`${PAIR[1]} check=tcp check=http`, 'reload', 'fail web1:http x2')
  expect(more.weights).toBe('web1=100 web2=100')
  expect(more.andThen('fail web1:http').weights).toBe('web1=0 web2=100')
})

clause('7.3', 'a deleted check counts no more', () => {
  const two = twoServers(`${PAIR[1]} check=tcp check=http`, 'reload', 'pass web1')
  const failed = two.andThen('fail web1:http x3')
  expect(failed.weights).toBe('web1=0 web2=100')
  expect(failed.andThen(PAIR[1], 'reload').weights).toBe('web1=100 web2=100')
})

clause('7.4', 'a newcomer proves itself, a deleted one leaves', () => {
  const grown = twoServers('server web web3 10.0.0.13:80', 'remove-server web web2', 'reload')
  expect(grown.said).toContain('web/10.0.0.12:80 100 -> none')
  expect(grown.andThen('pass web3').weights).toBe('web1=100 web3=none')
  expect(grown.andThen('pass web3').weights).toBe('web1=100 web3=100')
})

clause('7.5', 'what the director has is adopted at a reload too', () => {
  const renamed = twoServers(
    'remove-server web web1',
    'server web www1 10.0.0.11:80',
    'remove-service tls',
    'reload',
  )
  expect(renamed.weights).toBe('web2=100 www1=100')
  const service = ['remove-service web', ...PAIR.map((line) => line.replace(' web ', ' site '))]
  expect(twoServers(...service, 'reload').weights).toBe('web1=100 web2=100')
})

clause('7.6', 'every reload publishes', () => {
  expect(twoServers('reload').said).toContain('publish 3')
  expect(twoServers('service web tcp/192.0.2.10:80 rr', 'reload').said).toContain('wlc -> rr')
})

clause('8.1', 'drift and refusals are recorded', () => {
  expect(twoServers('director drift somebody was here').said).toContain('event drift: somebody')
  expect(twoServers('director refuses no').said).toContain('event apply-failed: director lb1')
})

clause('8.2', 'problems and silence of a director alert', () => {
  const problem = twoServers('director problem no IPVS')
  expect(problem.alerts).toEqual(['director-problem/lb1'])
  expect(problem.andThen('director talks').alerts).toEqual([])
  const silent = twoServers('director silent', 'tick 5s')
  expect(silent.alerts).toEqual([])
  expect(silent.andThen('tick').alerts).toEqual(['director-silent/lb1'])
})

clause('8.3', 'nothing is adopted from a director with a problem', () => {
  const blind = story(
    ...PAIR,
    'table web web1=100',
    'boot',
    'director problem no IPVS',
    'pass web1',
  )
  expect(blind.weights).toBe('web1=none web2=none')
  expect(blind.andThen('director talks').weights).toBe('web1=100 web2=none')
})

const FLEET = ['directors lb1 lb2', ...PAIR] as const

clause('8.4', 'directors of the file are waited for', () => {
  const alone = story(...FLEET, 'boot', 'report')
  expect(alone.said).toBe('')
  expect(alone.andThen('on lb2 report').said).toContain('publish 1 to lb1, lb2')
  expect(story(...FLEET, 'boot', 'report', 'tick 5s').said).toContain('publish 1')
})

clause('8.5', 'who serves anywhere stays in', () => {
  const held = story(
    ...FLEET,
    'table web web1=100 web2=0',
    'on lb2 table web web1=0 web2=60',
    'boot',
    'report',
    'on lb2 report',
  )
  expect(held.weights).toBe('web1=100 web2=60')
  expect(held.said).toContain('event directors-differ')
})

clause('8.6', 'a service has directors of its own', () => {
  const own = story(
    'directors lb1 lb2',
    `${PAIR[0]} directors=lb2`,
    ...PAIR.slice(1),
    'start',
    'on lb2 report',
    'pass web1 web2',
  )
  expect(own.said).toContain('publish 2 to lb2')
  const busy = own.andThen('on lb2 connections web1 active=1', 'drain web1', 'tick 2s')
  expect(busy.weights).toBe('web1=0 web2=100')
  expect(busy.andThen('on lb2 connections web1').weights).toBe('web1=none web2=100')
})

clause('8.7', 'a director that never reports is missed', () => {
  const missed = story(...FLEET, 'start', 'pass web1 web2', 'tick 5s', 'pass web1 web2', 'tick 6s')
  expect(missed.alerts).toContain('director-missing/lb2')
})

clause('8.8', 'a director that is not named gets nothing', () => {
  const alien = twoServers('directors lb1', 'reload', 'on lb9 report', 'tick 1s')
  expect(alien.alerts).toEqual(['director-unknown/lb9'])
})

clause('8.9', 'a director that differs is alerted', () => {
  const two = story(...FLEET, 'start', 'on lb2 report', 'pass web1 web2')
  const odd = two.andThen('on lb2 table web web1=7 web2=100', 'tick 6s')
  expect(odd.alerts).toContain('director-differs/lb2')
})
