import { afterAll, expect, test } from 'vitest'
import { clausesOf, PAIR, story } from '../../support/clauses.ts'

/** docs/concepts/serving.md, section 10, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, 10)))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

const BACKUP = 'server web spare1 10.0.0.21:80 tier=1'
const SECOND = 'server web spare2 10.0.0.22:80 tier=3'
const UP = 'pass web1 web2 spare1 spare2'

/** Two real servers and two backups, all up. */
function pool(keys: string, ...commands: readonly string[]) {
  const head = PAIR[0].replace('wlc', `wlc ${keys}`)
  return story(head, PAIR[1], PAIR[2], BACKUP, SECOND, 'start', UP, ...commands)
}

clause('10.1', 'backups stand by', () => {
  const both = pool('')
  expect(both.weights).toBe('web1=100 web2=100 spare1=none spare2=none')
  expect(both.andThen('why web/spare1').said).toContain('because standby: a backup of tier 1')
  expect(both.andThen('fail spare1 x3', 'status').said).toContain('spare1 0/100 down')
})

clause('10.2', 'backups step in tier by tier', () => {
  const one = pool('backupsBelow=150', 'fail web1 x3')
  expect(one.weights).toBe('web1=0 web2=100 spare1=100 spare2=none')
  expect(one.andThen('fail spare1 x3').weights).toBe('web1=0 web2=100 spare1=0 spare2=100')
  expect(pool('', 'fail web1 x3').weights).toBe('web1=0 web2=100 spare1=none spare2=none')
})

clause('10.3', 'backups step back with hysteresis and keep their row', () => {
  const short = pool('need=120,60', 'server web web3 10.0.0.13:80', 'reload')
  const three = short.andThen('pass web3 x2', 'fail web1 web2 x3')
  expect(three.weights).toBe('web1=0 web2=0 spare1=100 spare2=none web3=100')
  const light = 'server web web2 10.0.0.12:80 weight=70'
  expect(three.andThen(light, 'reload', 'pass web2 x2').weights).toBe(
    'web1=0 web2=70 spare1=100 spare2=none web3=100',
  )
  expect(three.andThen('pass web1 x2').weights).toBe(
    'web1=100 web2=70 spare1=0 spare2=none web3=100',
  )
  const hashing = pool('', 'fail web1 web2 x3', 'service web tcp/192.0.2.10:80 dh', 'reload')
  expect(hashing.andThen('pass web1 x2').weights).toContain('spare1=none')
})

clause('10.4', 'backups wait for those who have yet to speak', () => {
  const young = story(...PAIR, BACKUP, 'start', 'pass spare1')
  expect(young.weights).toBe('web1=none web2=none spare1=none')
  expect(young.andThen('fail web1').weights).toBe('web1=0 web2=none spare1=none')
  expect(young.andThen('fail web2').weights).toBe('web1=0 web2=0 spare1=100')
})

clause('10.5', 'shares are of those that are no backups', () => {
  const half = pool('panic=100% backupsBelow=200', 'fail web1 x3')
  expect(half.weights).toBe('web1=0 web2=100 spare1=100 spare2=none')
  const without = pool('panic=50%', 'fail web1 x3')
  expect(without.weights).toBe('web1=0 web2=100 spare1=none spare2=none')
  expect(without.andThen('fail spare1 spare2 x3', 'fail web2 x3').alerts).toContain('guard/web')
})

const QUORUM = [PAIR[0].replace('wlc', 'wlc need=150,30 hooks=yes'), PAIR[1], PAIR[2]]

clause('10.6', 'the quorum is lost and won with hysteresis', () => {
  const lost = story(...QUORUM, 'start', 'pass web1 web2', 'fail web1 x3', 'status')
  expect(lost.said).toContain('web wlc quorum down 100/150')
  expect(lost.alerts).toContain('quorum/web')
  const light = 'server web web1 10.0.0.11:80 weight=70'
  const nearly = lost.andThen(light, 'reload', 'pass web1 x2', 'status')
  expect(nearly.said).toContain('quorum down 170/150')
  expect(nearly.andThen('server web web1 10.0.0.11:80 weight=80', 'reload').alerts).toEqual([])
  expect(nearly.andThen('server web web1 10.0.0.11:80 weight=20', 'reload').alerts).toEqual([])
})

clause('10.7', 'the sorry server takes what is missing to the quorum', () => {
  const head = PAIR[0].replace('wlc', 'wlc need=150 sorry=127.0.0.1:8088')
  const up = story(head, PAIR[1], PAIR[2], 'start', 'pass web1 web2')
  const one = up.andThen('fail web1 x3')
  expect(one.said).toContain('web/sorry none -> 50')
  expect(one.weights).toBe('web1=0 web2=100 sorry')
  expect(one.andThen('fail web2 x3').said).toContain('web/sorry 50 -> 1')
  expect(one.andThen('pass web1 web2 x2').weights).toBe('web1=100 web2=100')
})

clause('10.8', 'without a quorum it serves when nobody does', () => {
  const head = PAIR[0].replace('wlc', 'wlc sorry=127.0.0.1:8088')
  const up = story(head, PAIR[1], PAIR[2], 'start', 'pass web1 web2', 'fail web1 x3')
  expect(up.weights).toBe('web1=0 web2=100')
  expect(up.andThen('fail web2 x3').said).toContain('web/sorry none -> 1')
})

clause('10.9', 'no quorum is lost in a freeze', () => {
  const head = PAIR[0].replace('wlc', 'wlc need=150 breaker=50%,30s')
  const frozen = story(head, PAIR[1], PAIR[2], 'server web web3 10.0.0.13:80', 'start')
  const all = frozen.andThen('pass web1 web2 web3', 'fail web1 web2 web3 x3')
  expect(all.alerts).toEqual(['breaker/web'])
  expect(all.andThen('release web').alerts).toContain('quorum/web')
})

clause('10.10', 'hooks are run for changes', () => {
  const servers = [`${PAIR[1]} hooks=yes`, PAIR[2]]
  const started = story(QUORUM[0] ?? '', ...servers, 'start', 'pass web1 web2')
  expect(started.said).not.toContain('run')
  const failed = started.andThen('fail web1 x3').said
  expect(failed).toContain('run onDown of web: server down')
  expect(failed).toContain('run onQuorumDown of web: quorum down')
  const back = started.andThen('pass web1 x2').said
  expect(back).toContain('run onUp of web: server up')
  expect(back).toContain('run onQuorumUp of web: quorum up')
})

clause('10.11', 'a backup that is found serving serves on', () => {
  const found = story(...PAIR, BACKUP, 'table web web1=0 web2=0 spare1=100', 'start')
  expect(found.weights).toBe('web1=0 web2=0 spare1=100')
  expect(found.andThen('pass spare1').weights).toBe('web1=0 web2=0 spare1=100')
  expect(found.andThen('pass web1 x2').weights).toBe('web1=100 web2=0 spare1=0')
})
