import { afterAll, expect, test } from 'vitest'
import { clausesOf, PAIR, story, twoServers } from '../../support/clauses.ts'

/** docs/concepts/serving.md, sections 1 to 4, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, '1234')))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

const SORRY = PAIR.map((line) => line.replace('wlc', 'wlc sorry=127.0.0.1:8088'))
const PANIC = PAIR.map((line) => line.replace('wlc', 'wlc panic=100%'))

clause('1.1', 'fall failures down, rise passes up', () => {
  const failing = twoServers('fail web1 x2')
  expect(failing.weights).toBe('web1=100 web2=100')
  expect(failing.andThen('fail web1').weights).toBe('web1=0 web2=100')
  expect(failing.andThen('pass web1').weights).toBe('web1=0 web2=100')
  expect(failing.andThen('pass web1').weights).toBe('web1=100 web2=100')
})

clause('1.2', 'an agreeing outcome starts the count again', () => {
  expect(twoServers('fail web1 x2', 'pass web1', 'fail web1 x2').weights).toBe('web1=100 web2=100')
})

clause('1.3', 'the first outcome decides what nobody knows', () => {
  expect(story(...PAIR, 'start', 'pass web1', 'fail web2').weights).toBe('web1=100 web2=0')
})

clause('1.4', 'inconclusive counts for nothing and breaks no row', () => {
  const trouble = twoServers('fail web1 x2', 'inconclusive web1 x5')
  expect(trouble.weights).toBe('web1=100 web2=100')
  expect(trouble.andThen('fail web1').weights).toBe('web1=0 web2=100')
})

clause('1.5', 'silence holds both verdicts', () => {
  expect(twoServers('fail web2 x3', 'tick 1h').weights).toBe('web1=100 web2=0')
})

clause('1.6', 'silence alerts after three intervals and a timeout', () => {
  expect(twoServers('tick 7s').alerts).toEqual([])
  const silent = twoServers('tick 8s')
  expect(silent.alerts).toEqual(['silence/web'])
  expect(silent.andThen('pass web1', 'tick').alerts).toEqual(['silence/web'])
  expect(silent.andThen('pass web2', 'tick').alerts).toEqual([])
})

clause('1.7', 'late observations count for nothing', () => {
  const later = twoServers('tick 20s')
  expect(later.andThen('late fail web1 by=8s', 'late fail web1 by=8s x2').weights).toBe(
    'web1=100 web2=100',
  )
  expect(later.andThen('late fail web1 by=7s x3').weights).toBe('web1=0 web2=100')
})

clause('1.8', 'a shared probe is judged by each service itself', () => {
  const shared = twoServers(
    'service tls tcp/192.0.2.10:443 wlc',
    'server tls web1 10.0.0.11:80 fall=1',
    'reload',
    'pass web1 x2',
    'fail web1',
  )
  expect(shared.weights).toBe('web1=100 web2=100 web1=0')
})

clause('1.9', 'degraded is a pass with less weight', () => {
  expect(twoServers('degraded web1 50% x3').weights).toBe('web1=50 web2=100')
  const failing = twoServers('fail web1 x2', 'degraded web1 50%', 'fail web1 x2')
  expect(failing.weights).toBe('web1=100 web2=100')
  expect(twoServers('fail web1 x3', 'degraded web1 50% x2').weights).toBe('web1=50 web2=100')
})

clause('1.10', 'a share follows rows that agree, as far as they agree', () => {
  expect(twoServers('degraded web1 50% x2').weights).toBe('web1=100 web2=100')
  expect(twoServers('degraded web1 50% x2', 'pass web1', 'degraded web1 50% x2').weights).toBe(
    'web1=100 web2=100',
  )
  const lowered = twoServers('degraded web1 20%', 'degraded web1 60%', 'degraded web1 40%')
  expect(lowered.weights).toBe('web1=60 web2=100')
  expect(lowered.andThen('pass web1').weights).toBe('web1=60 web2=100')
  expect(lowered.andThen('fail web1', 'pass web1').weights).toBe('web1=60 web2=100')
  expect(lowered.andThen('degraded web1 80%').weights).toBe('web1=80 web2=100')
  expect(lowered.andThen('pass web1 x2').weights).toBe('web1=100 web2=100')
})

clause('1.11', 'the last pass decides while the check is not up', () => {
  expect(story(...PAIR, 'start', 'degraded web1 30%', 'pass web2').weights).toBe('web1=30 web2=100')
  const back = twoServers('fail web1 x3', 'degraded web1 20%', 'degraded web1 70%')
  expect(back.weights).toBe('web1=70 web2=100')
})

const TWO_CHECKS = [PAIR[0], `${PAIR[1]} check=tcp check=http`, 'start'] as const

clause('1.12', 'time that nobody could hear in is no silence', () => {
  const slept = twoServers('fail web1 x2', 'leap 1h', 'tick')
  expect(slept.alerts).toEqual([])
  expect(slept.andThen('tick 8s').alerts).toContain('silence/web')
  expect(slept.andThen('fail web1').weights).toBe('web1=0 web2=100')
  const setBack = twoServers('tick 10s', 'pass web1 web2', 'leap back 5s', 'tick 2s')
  expect(setBack.andThen('fail web1 x3').weights).toBe('web1=0 web2=100')
})

clause('2.1', 'up when all checks are up', () => {
  expect(story(...TWO_CHECKS, 'pass web1:tcp', 'pass web1:http').weights).toBe('web1=100')
})

clause('2.2', 'down when one check is down', () => {
  expect(story(...TWO_CHECKS, 'pass web1', 'fail web1:http x3', 'pass web1:tcp').weights).toBe(
    'web1=0',
  )
})

clause('2.3', 'not known while a check is not', () => {
  expect(story(...TWO_CHECKS, 'pass web1:tcp', 'status').said).toContain('web1 none/100 unknown')
})

clause('2.4', 'always up without checks', () => {
  expect(story(PAIR[0], `${PAIR[1]} check=none`, 'start').weights).toBe('web1=100')
})

clause('2.5', 'the check that leaves least decides', () => {
  const both = story(...TWO_CHECKS, 'degraded web1:tcp 80%', 'degraded web1:http 40%')
  expect(both.weights).toBe('web1=40')
  expect(both.andThen('why web/web1').said).toContain('because degraded: degraded 40 %: http:')
})

clause('2.6', 'an optional check keeps nobody out', () => {
  const server = `${PAIR[1]} check=http check=agent optional=agent`
  const asked = story(PAIR[0], server, 'start', 'pass web1:http')
  expect(asked.weights).toBe('web1=none')
  const inVain = asked.andThen('inconclusive web1:agent')
  expect(inVain.weights).toBe('web1=100')
  expect(inVain.andThen('degraded web1:agent 40%').weights).toBe('web1=40')
})

clause('3.1', 'up has the configured weight', () => {
  expect(story(PAIR[0], `${PAIR[1]} weight=37`, 'start', 'pass web1').weights).toBe('web1=37')
})

clause('3.2', 'down is quiesced or removed', () => {
  expect(twoServers('fail web1 x3').weights).toBe('web1=0 web2=100')
  const removing = twoServers('service web tcp/192.0.2.10:80 wlc onFailure=remove', 'reload')
  expect(removing.andThen('fail web1 x3').weights).toBe('web1=none web2=100')
})

clause('3.3', 'no weight 0 where it loses clients', () => {
  for (const scheduler of ['sh', 'mh', 'dh', 'sh,sh-port']) {
    const hashing = twoServers(`service web tcp/192.0.2.10:80 ${scheduler}`, 'reload')
    expect(hashing.andThen('fail web1 x3').weights).toBe('web1=none web2=100')
    expect(hashing.andThen('server web web2 10.0.0.12:80 weight=0', 'reload').weights).toBe(
      'web1=none web2=none',
    )
  }
  for (const scheduler of ['sh,sh-fallback', 'mh,mh-fallback', 'mh,flag-1']) {
    const falling = twoServers(`service web tcp/192.0.2.10:80 ${scheduler}`, 'reload')
    expect(falling.andThen('fail web1 x3').weights).toBe('web1=0 web2=100')
  }
})

clause('3.4', 'not known keeps its place, or waits', () => {
  const found = story(...PAIR, 'table web web1=50', 'start')
  expect(found.weights).toBe('web1=50 web2=none')
  expect(found.andThen('pass web1 web2', 'pass web2').weights).toBe('web1=100 web2=100')
})

clause('3.5', 'degraded has its share, and 0 % is out', () => {
  const odd = twoServers('server web web2 10.0.0.12:80 weight=3', 'reload')
  expect(odd.andThen('degraded web1 web2 50% x3').weights).toBe('web1=50 web2=2')
  expect(odd.andThen('degraded web1 web2 10% x3').weights).toBe('web1=10 web2=1')
  expect(odd.andThen('degraded web1 0% x3', 'pass web2 x2').weights).toBe('web1=0 web2=3')
  const removing = twoServers('service web tcp/192.0.2.10:80 wlc onFailure=remove', 'reload')
  expect(removing.andThen('degraded web1 0% x3').weights).toBe('web1=0 web2=100')
  const hashing = twoServers('service web tcp/192.0.2.10:80 dh', 'reload')
  expect(hashing.andThen('degraded web1 0% x3').weights).toBe('web1=none web2=100')
})

clause('3.6', 'no share under sh and mh, but an alert', () => {
  for (const scheduler of ['sh', 'mh', 'mh,mh-fallback']) {
    const hashing = twoServers(`service web tcp/192.0.2.10:80 ${scheduler}`, 'reload')
    expect(hashing.alerts).toEqual([])
    const slow = hashing.andThen('degraded web1 50% x3')
    expect(slow.weights).toBe('web1=100 web2=100')
    expect(slow.alerts).toEqual(['degraded/web'])
    expect(slow.andThen('pass web1 x2').alerts).toEqual([])
    const out = hashing.andThen('degraded web1 0% x3')
    expect(out.weights).toBe(`web1=${scheduler.includes('fallback') ? 0 : 'none'} web2=100`)
  }
})

clause('3.7', 'a share of 100 % only warns', () => {
  const warned = twoServers('degraded web1 100% tls.expires')
  expect(warned.weights).toBe('web1=100 web2=100')
  expect(warned.alerts).toEqual(['degraded/web'])
  expect(warned.andThen('status').said).toContain('tls.expires')
  expect(warned.andThen('pass web1').alerts).toEqual([])
  expect(twoServers('degraded web1 50% x3').alerts).toEqual([])
})

clause('4.1', 'below the threshold the latest to fail stay in', () => {
  const third = ['server web web3 10.0.0.13:80', 'server web web4 10.0.0.14:80']
  const half = [PAIR[0].replace('wlc', 'wlc panic=50%'), PAIR[1], PAIR[2], ...third]
  const failing = story(...half, 'start', 'pass web1 web2 web3 web4', 'fail web1 x3', 'tick')
  expect(failing.andThen('fail web2 x3', 'tick').weights).toBe('web1=0 web2=0 web3=100 web4=100')
  expect(failing.andThen('fail web3 x3').weights).toBe('web1=0 web2=0 web3=100 web4=100')
})

clause('4.2', 'exactly the threshold is enough', () => {
  const half = twoServers('service web tcp/192.0.2.10:80 wlc panic=50%', 'reload', 'fail web1 x3')
  expect(half.weights).toBe('web1=0 web2=100')
})

clause('4.3', 'the guard brings nobody back', () => {
  const left = twoServers('fail web1 x3', 'service web tcp/192.0.2.10:80 wlc panic=100%', 'reload')
  expect(left.weights).toBe('web1=0 web2=100')
  expect(left.andThen('fail web2 x3').weights).toBe('web1=0 web2=100')
})

clause('4.4', 'kept ones are let go when others carry enough', () => {
  const half = twoServers('service web tcp/192.0.2.10:80 wlc panic=50%', 'reload', 'fail web1 x3')
  expect(half.andThen('fail web2 x3').weights).toBe('web1=0 web2=100')
  expect(half.andThen('pass web1 x2').weights).toBe('web1=100 web2=0')
})

clause('4.5', 'a newcomer carries nothing yet', () => {
  const half = twoServers('remove-server web web2', 'reload')
  const grown = half.andThen('service web tcp/192.0.2.10:80 wlc panic=50%', PAIR[2], 'reload')
  expect(grown.andThen('fail web1 x3').weights).toBe('web1=100 web2=none')
})

clause('4.6', 'who is taken out by hand does not count', () => {
  const half = twoServers('service web tcp/192.0.2.10:80 wlc panic=50%', 'reload')
  expect(half.andThen('maintenance web2', 'fail web1 x3').weights).toBe('web1=100 web2=0')
})

clause('4.7', 'the guard alerts while it keeps somebody in', () => {
  const kept = story(...PANIC, 'start', 'pass web1 web2', 'fail web1 x3')
  expect(kept.alerts).toEqual(['guard/web'])
  expect(kept.andThen('restart', 'fail web1 x3').alerts).toEqual(['guard/web'])
  expect(kept.andThen('pass web1 x2').alerts).toEqual([])
})

clause('4.8', 'the sorry server serves when nobody else does', () => {
  const sorry = story(...SORRY, 'start', 'pass web1 web2', 'fail web1 web2 x3')
  expect(sorry.weights).toBe('web1=0 web2=0 sorry')
  expect(sorry.andThen('pass web2 x2').weights).toBe('web1=0 web2=100')
})

clause('4.9', 'sorry server before panic when nothing is up', () => {
  const both = [PAIR[0].replace('wlc', 'wlc panic=100% sorry=127.0.0.1:8088'), PAIR[1], PAIR[2]]
  const failing = story(...both, 'start', 'pass web1 web2', 'fail web1 x3')
  expect(failing.weights).toBe('web1=100 web2=100')
  expect(failing.andThen('fail web2 x3').weights).toBe('web1=0 web2=0 sorry')
})

clause('4.10', 'the sorry server waits for those who have yet to speak', () => {
  const young = story(...SORRY, 'start', 'fail web1')
  expect(young.weights).toBe('web1=0 web2=none')
  expect(young.andThen('fail web2').weights).toBe('web1=0 web2=0 sorry')
  const grown = story(...SORRY, 'remove-server web web2', 'start', 'pass web1')
  expect(grown.andThen(PAIR[2], 'reload', 'fail web1 x3').weights).toBe('web1=0 web2=none sorry')
})

clause('4.11', 'an alert while the sorry server or nothing serves', () => {
  const sorry = story(...SORRY, 'start', 'fail web1 web2')
  expect(sorry.alerts).toEqual(['sorry-server/web'])
  expect(sorry.andThen('restart').alerts).toEqual(['sorry-server/web'])
  const empty = twoServers('fail web1 web2 x3')
  expect(empty.alerts).toEqual(['no-server/web'])
  expect(empty.andThen('pass web1 x2').alerts).toEqual([])
})

clause('4.12', 'a quiesced server carries nothing, and is kept before those that fail', () => {
  const half = 'service web tcp/192.0.2.10:80 wlc panic=50%'
  expect(twoServers(half, 'reload', 'degraded web1 0% x3').weights).toBe('web1=0 web2=100')
  const both = twoServers(half, 'reload', 'degraded web1 0% x3', 'degraded web2 0% x3')
  expect(both.weights).toBe('web1=0 web2=100')
  expect(both.alerts).toEqual(['guard/web'])
  const all = story(...PANIC, 'start', 'pass web1 web2', 'degraded web1 0% x3', 'fail web2 x3')
  expect(all.weights).toBe('web1=100 web2=100')
  expect(all.andThen(half, 'reload').weights).toBe('web1=100 web2=0')
})

const FOUR = [
  ...PAIR,
  'server web web3 10.0.0.13:80 rise=2 fall=3',
  'server web web4 10.0.0.14:80 rise=2 fall=3',
] as const
const ALL = 'pass web1 web2 web3 web4'

/** Four real servers that are up, under these guards. */
function guarded(guards: string, ...commands: readonly string[]) {
  const head = PAIR[0].replace('wlc', `wlc ${guards}`)
  return story(head, ...FOUR.slice(1), 'start', ALL, ...commands)
}

clause('4.13', 'so many stay in, whatever the checks say', () => {
  const three = guarded('minHealthy=3', 'fail web1 x3', 'tick', 'fail web2 x3')
  expect(three.weights).toBe('web1=0 web2=100 web3=100 web4=100')
  expect(three.andThen('pass web1 x2').weights).toBe('web1=100 web2=0 web3=100 web4=100')
  const share = guarded('minHealthy=60%', 'fail web1 x3', 'fail web2 x3')
  expect(share.weights).toBe('web1=0 web2=100 web3=100 web4=100')
  const operated = guarded('minHealthy=60%', 'maintenance web4', 'fail web1 x3', 'fail web2 x3')
  expect(operated.weights).toBe('web1=0 web2=100 web3=100 web4=0')
})

clause('4.14', 'no more are out at the same time than the cap says', () => {
  const one = guarded('maxEjected=1', 'fail web1 x3', 'tick', 'fail web2 x3')
  expect(one.weights).toBe('web1=0 web2=100 web3=100 web4=100')
  expect(one.andThen('pass web1 x2').weights).toBe('web1=100 web2=0 web3=100 web4=100')
  expect(guarded('maxEjected=10%', 'fail web1 web2 x3').weights).toBe(
    'web1=100 web2=0 web3=100 web4=100',
  )
  expect(guarded('maxEjected=50%', 'fail web1 web2 web3 x3').weights).toBe(
    'web1=100 web2=0 web3=0 web4=100',
  )
})

clause('4.15', 'who is kept in keeps its weight, and goes when nobody needs it', () => {
  const half = guarded('minHealthy=4', 'degraded web1 50% x3', 'fail web1 x3')
  expect(half.weights).toBe('web1=50 web2=100 web3=100 web4=100')
  const enough = half.andThen('server web web5 10.0.0.15:80', 'reload', 'pass web5 x2')
  expect(enough.weights).toBe('web1=0 web2=100 web3=100 web4=100 web5=100')
})

const FALTER = 'fail web1 web2 web3'

clause('4.16', 'the breaker freezes when most fail at once', () => {
  const frozen = guarded('breaker=75%,30s', FALTER, 'fail web1 x2')
  expect(frozen.weights).toBe('web1=100 web2=100 web3=100 web4=100')
  expect(frozen.alerts).toEqual(['breaker/web'])
  const sorry = guarded('breaker=75%,30s sorry=127.0.0.1:8088', `${FALTER} web4 x3`)
  expect(sorry.weights).toBe('web1=100 web2=100 web3=100 web4=100')
  const two = guarded('breaker=50%,30s', 'fail web1 web2 x3')
  expect(two.weights).toBe('web1=0 web2=0 web3=100 web4=100')
})

clause('4.17', 'the breaker freezes when a whole check template fails', () => {
  const other = [
    'service tls tcp/192.0.2.10:443 wlc',
    'server tls web3 10.0.0.13:443 check=tls',
    'server tls web4 10.0.0.14:443 check=tls',
  ]
  const head = PAIR[0].replace('wlc', 'wlc breaker=100%,30s')
  const mixed = story(
    head,
    ...FOUR.slice(1),
    'server web web2 10.0.0.12:443 check=tls',
    'server web web5 10.0.0.15:80',
    'server web web6 10.0.0.16:80',
    ...other,
    'start',
    `${ALL} web5 web6`,
  )
  const template = mixed.andThen('fail web2:tls web3:tls web4:tls x3')
  expect(template.weights).toContain('web2=100')
  expect(template.alerts).toContain('breaker/web')
  expect(template.andThen('pass web3:tls x2').weights).toContain('web2=0')
  const alone = mixed.andThen('pass web2:tls web4:tls x2', 'fail web2:tls web3:tls x3')
  expect(alone.weights).toContain('web2=0')
})

clause('4.18', 'a freeze ends by recovery, by its age or by an operator', () => {
  const frozen = guarded('breaker=75%,30s,1m', `${FALTER} x3`)
  expect(frozen.weights).toBe('web1=100 web2=100 web3=100 web4=100')
  expect(frozen.andThen('pass web3 x2').weights).toBe('web1=0 web2=0 web3=100 web4=100')
  expect(frozen.andThen('tick').alerts).toEqual([])
  const old = guarded('breaker=75%,30s,1m', `${FALTER} x3`, 'tick 59s', FALTER)
  expect(old.andThen('tick').weights).toBe('web1=0 web2=0 web3=0 web4=100')
  expect(old.andThen('pass web4', 'fail web4 x3').weights).toBe('web1=0 web2=0 web3=0 web4=0')
  const said = guarded('breaker=75%,30s', `${FALTER} x3`, 'tick 1h', FALTER)
  expect(said.weights).toBe('web1=100 web2=100 web3=100 web4=100')
  expect(said.andThen('release web').weights).toBe('web1=0 web2=0 web3=0 web4=100')
})

clause('4.19', 'old failures trip nothing', () => {
  const slow = guarded('breaker=75%,30s', 'fail web1 x3', 'tick 40s', 'fail web2 x3', 'tick 40s')
  expect(slow.andThen('fail web3 x3').weights).toBe('web1=0 web2=0 web3=0 web4=100')
})

clause('4.20', 'who passes goes on while the service is frozen', () => {
  const out = guarded('breaker=75%,30s', 'fail web4 x3', 'tick 40s', FALTER, 'fail web1 x2')
  expect(out.weights).toBe('web1=100 web2=100 web3=100 web4=0')
  expect(out.andThen('pass web4 x2').weights).toBe('web1=100 web2=100 web3=100 web4=100')
})

clause('4.21', 'a guard that acts alerts, and says so', () => {
  const all = guarded('breaker=75%,30s minHealthy=3 maxEjected=1', `${FALTER} x3`)
  expect(all.alerts).toEqual(['breaker/web', 'min-healthy/web', 'max-ejected/web'])
  expect(all.andThen('status').said).toContain('web wlc breaker min-healthy max-ejected')
  expect(all.andThen('why web/web1').said).toContain('because breaker: kept in by the breaker')
  expect(all.andThen('release web', 'why web/web1').said).toContain('because min-healthy:')
})

clause('4.22', 'a freeze holds while nothing is heard', () => {
  const silent = guarded('breaker=75%,30s,1m', `${FALTER} x3`, 'tick 5m')
  expect(silent.weights).toBe('web1=100 web2=100 web3=100 web4=100')
  expect(silent.andThen(FALTER).weights).toBe('web1=100 web2=100 web3=100 web4=100')
  expect(silent.andThen('tick').weights).toBe('web1=0 web2=0 web3=0 web4=100')
})
