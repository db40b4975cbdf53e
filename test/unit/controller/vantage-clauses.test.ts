import { afterAll, expect, test } from 'vitest'
import { clausesOf, PAIR, type Story, story } from '../../support/clauses.ts'

/** docs/concepts/serving.md, section 9, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, '9')))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

const THREE = ['prober a1 at a', 'prober b1 at b', 'prober c1 at c'] as const

/** What a vantage sees, a command each. */
function from(vantage: string, ...commands: readonly string[]): readonly string[] {
  return commands.map((command) => `${command} from ${vantage}/${vantage}1`)
}

/** Three vantages that see both servers of a service up; `keys` are those of the service. */
function threeUp(keys = '', ...vantages: readonly string[]): Story {
  const [service = '', ...servers] = PAIR
  return story(
    ...[`${service} ${keys}`.trim(), ...servers, ...vantages, 'start', ...THREE],
    ...['a', 'b', 'c'].flatMap((name) => from(name, 'pass web1 web2')),
  )
}

const UP = 'web1=100 web2=100'
const DOWN = 'web1=0 web2=100'

clause('9.1', 'a quorum changes the verdict, both ways', () => {
  const one = threeUp().andThen(...from('a', 'fail web1 x9'))
  expect(one.weights).toBe(UP)
  const two = one.andThen(...from('b', 'fail web1 x3'))
  expect(two.weights).toBe(DOWN)
  expect(two.andThen(...from('a', 'pass web1')).weights).toBe(DOWN)
  expect(two.andThen(...from('a', 'pass web1')).weights).toBe(UP)
  const all = threeUp('quorum=3').andThen(
    ...from('a', 'fail web1 x3'),
    ...from('b', 'fail web1 x3'),
  )
  expect(all.weights).toBe(UP)
  expect(all.andThen(...from('c', 'fail web1 x3')).weights).toBe(DOWN)
})

clause('9.2', 'a tie changes nothing', () => {
  const two = story(...PAIR, 'start', 'prober a1 at a', 'prober b1 at b')
  const tie = two.andThen(...from('a', 'pass web1 web2'), ...from('b', 'fail web1', 'pass web2'))
  expect(tie.weights).toBe('web1=none web2=100')
  const down = tie.andThen(...from('a', 'fail web1 x3'), ...from('b', 'fail web1 x2'))
  expect(down.weights).toBe(DOWN)
  const back = down.andThen(...from('a', 'pass web1 x9'))
  expect(back.andThen('why web/web1').said).toContain('check tcp: down')
})

clause('9.3', 'down wins where both sides have a quorum', () => {
  const small = threeUp('quorum=1').andThen(...from('a', 'fail web1 x3'))
  expect(small.weights).toBe(DOWN)
  expect(small.andThen(...from('b', 'pass web1 x9')).weights).toBe(DOWN)
  expect(small.andThen(...from('a', 'pass web1 x2')).weights).toBe(UP)
})

clause('9.4', 'only who is listed looks', () => {
  const listed = threeUp('vantages=a,b')
  const others = listed.andThen(...from('c', 'fail web1 x9'), ...from('a', 'fail web1 x3'))
  expect(others.weights).toBe(UP)
  expect(others.andThen(...from('b', 'fail web1 x3')).weights).toBe(DOWN)
})

clause('9.5', 'who is lost, silent or suspect does not count', () => {
  const split = threeUp().andThen(...from('a', 'fail web1 x3'))
  const alone = split.andThen('prober b1 lost', 'prober c1 lost', ...from('a', 'fail web1'))
  expect(alone.weights).toBe(DOWN)
  const silent = split.andThen('tick 8s', ...from('a', 'fail web1'))
  expect(silent.weights).toBe(DOWN)
  const early = story(...PAIR, 'start', ...THREE, ...from('a', 'pass web1 web2'))
  expect(early.weights).toBe('web1=none web2=none')
  expect(early.andThen('tick 8s', ...from('a', 'pass web1 web2')).weights).toBe(UP)
})

clause('9.6', 'nobody falls by time or by silence', () => {
  const split = threeUp().andThen(...from('a', 'fail web1 x3'))
  const held = split.andThen('prober b1 lost', 'prober c1 lost', 'tick 5m')
  expect(held.weights).toBe(UP)
  expect(held.andThen(...from('a', 'pass web1')).weights).toBe(UP)
  expect(held.andThen(...from('a', 'fail web1')).weights).toBe(DOWN)
})

clause('9.7', 'too few hold the last verdict, and that is alerted', () => {
  const few = threeUp('quorum=2').andThen('prober b1 lost', 'prober c1 lost', 'tick 10s')
  const held = few.andThen(...from('a', 'fail web1 web2 x5'), 'tick')
  expect(held.weights).toBe(UP)
  expect(held.alerts).toContain('vantages/web')
  expect(held.alerts).not.toContain('silence/web')
  const back = held.andThen('prober b1 at b', ...from('b', 'pass web1 web2'), 'tick')
  expect(back.alerts).not.toContain('vantages/web')
})

clause('9.8', 'the share that a quorum leaves or goes below', () => {
  const one = threeUp().andThen(...from('a', 'degraded web1 20% x3'))
  expect(one.weights).toBe(UP)
  const two = one.andThen(...from('b', 'degraded web1 60% x3'))
  expect(two.weights).toBe('web1=60 web2=100')
  const all = two.andThen(...from('c', 'degraded web1 40% x3'))
  expect(all.weights).toBe('web1=40 web2=100')
  expect(all.andThen(...from('a', 'pass web1 x2')).weights).toBe('web1=60 web2=100')
})

const CANARIES = ['vantage a canary=10.9.0.1 canary=10.9.0.2 canary=10.9.0.3'] as const

clause('9.9', 'more than half of the canaries down is suspect', () => {
  const start = threeUp('', ...CANARIES).andThen(
    ...from('a', 'canary pass 10.9.0.1 10.9.0.2 10.9.0.3'),
    ...from('b', 'fail web1 x3'),
  )
  const one = start.andThen(...from('a', 'canary fail 10.9.0.1', 'fail web1 x3'))
  expect(one.andThen(...from('a', 'canary pass 10.9.0.2')).weights).toBe(DOWN)
  const again = threeUp('', ...CANARIES)
  const two = again.andThen(
    ...from('a', 'canary pass 10.9.0.1 10.9.0.2 10.9.0.3', 'canary fail 10.9.0.1 10.9.0.2'),
    ...from('a', 'fail web1 x5'),
    ...from('b', 'fail web1 x3'),
  )
  expect(two.weights).toBe(UP)
  expect(two.andThen('tick 2s').alerts).not.toContain('vantage-suspect/a')
  expect(two.andThen('tick 2s').alerts).toContain('vantage-suspect/a')
})

clause('9.10', 'a failure needs a canary that answers after it', () => {
  const alone = story(
    ...[...PAIR, ...CANARIES, 'start', 'prober a1 at a'],
    ...from('a', 'canary pass 10.9.0.1', 'pass web1 web2', 'fail web1 x9'),
  )
  expect(alone.weights).toBe(UP)
  expect(alone.andThen(...from('a', 'canary pass 10.9.0.1')).weights).toBe(DOWN)
  const mute = alone.andThen('tick 5s', ...from('a', 'fail web2 x3'))
  expect(mute.weights).toBe('web1=0 web2=0')
  const without = story(...PAIR, 'start', 'prober a1 at a', ...from('a', 'pass web1 web2'))
  expect(without.andThen(...from('a', 'fail web1 x3')).weights).toBe(DOWN)
})

const TRIO = [...PAIR, 'server web web3 10.0.0.13:80'] as const

/** Two vantages over three servers; `a` sees nothing any more, `b` sees all. */
function cutOff(): Story {
  const all = 'pass web1 web2 web3'
  return story(
    ...[...TRIO, 'start', 'prober a1 at a', 'prober b1 at b'],
    ...[...from('a', all), ...from('b', all), ...from('a', 'fail web1 web2 web3 x3')],
  )
}

const KEEP_SEEING = [
  'tick 2s',
  ...from('a', 'fail web1 web2 web3'),
  ...from('b', 'pass web1 web2 web3'),
]

clause('9.11', 'who alone sees most down is suspect after a while', () => {
  const cut = cutOff()
  expect(cut.weights).toBe('web1=100 web2=100 web3=100')
  const later = cut.andThen(...KEEP_SEEING)
  expect(later.alerts).not.toContain('vantage-suspect/a')
  const suspect = later.andThen(...KEEP_SEEING, ...KEEP_SEEING, ...KEEP_SEEING)
  expect(suspect.alerts).toContain('vantage-suspect/a')
  expect(suspect.andThen('status').said).toContain('it alone sees 3 of 3 checks down')
  expect(suspect.andThen(...from('b', 'fail web2 x3')).weights).toBe('web1=100 web2=0 web3=100')
  const both = cutOff().andThen(...from('b', 'fail web1 web2 x3'), 'tick 4s')
  expect(both.alerts).not.toContain('vantage-suspect/a')
})

clause('9.12', 'what was seen under suspicion is forgotten', () => {
  const blind = story(
    ...[...PAIR, ...CANARIES, 'start', 'prober a1 at a'],
    ...from('a', 'canary pass 10.9.0.1', 'pass web1 web2', 'fail web1 x2', 'canary fail 10.9.0.1'),
    ...from('a', 'fail web1 web2 x9'),
  )
  expect(blind.weights).toBe(UP)
  const back = blind.andThen(...from('a', 'canary pass 10.9.0.1', 'fail web1 x2', 'pass web2'))
  expect(back.weights).toBe(UP)
  const other = story(
    ...[...PAIR, ...CANARIES, 'start', 'prober a1 at a', 'prober a2 at a'],
    ...from('a', 'pass web1 web2', 'canary fail 10.9.0.1', 'fail web1 x9'),
  )
  expect(other.andThen('fail web1 from a/a2').weights).toBe(UP)
  expect(other.andThen('fail web1 x2 from a/a2').weights).toBe(DOWN)
})

clause('9.13', 'several probers feed one health, in order of time', () => {
  const both = story(
    ...[...PAIR, 'start', 'prober a1 at a', 'prober a2 at a'],
    ...['pass web1 web2 from a/a1', 'tick 6s', 'fail web1 x2 from a/a1', 'fail web1 from a/a2'],
  )
  expect(both.weights).toBe(DOWN)
  const late = story(
    ...[...PAIR, 'start', 'pass web1 web2', 'tick 6s', 'fail web1 x2', 'pass web1'],
    ...['fail web1 x2', 'late fail web1 by=1s', 'late pass web1 by=1s'],
  )
  expect(late.weights).toBe(UP)
  expect(late.andThen('fail web1').weights).toBe(DOWN)
})

clause('9.14', 'a clock that is off is corrected and alerted', () => {
  const behind = story(...PAIR, 'start', 'prober a1 at a clock=1h')
  const seen = behind.andThen(
    'late pass web1 by=1h from a/a1',
    'late pass web2 by=1h from a/a1',
    'tick',
  )
  expect(seen.weights).toBe(UP)
  expect(seen.alerts).toContain('prober-clock/a1')
  expect(seen.andThen('prober a1 at a', 'tick').alerts).not.toContain('prober-clock/a1')
})

clause('9.15', 'who is lost is alerted, who leaves is not', () => {
  const lost = threeUp().andThen('prober b1 lost', 'tick')
  expect(lost.alerts).toEqual(expect.arrayContaining(['prober-lost/b1', 'vantage-lost/b']))
  const back = lost.andThen('prober b1 at b', ...from('b', 'pass web1 web2'), 'tick')
  expect(back.alerts).not.toContain('vantage-lost/b')
  const left = threeUp().andThen('prober b1 left', 'tick')
  expect(left.alerts.filter((key) => key.includes('/b'))).toEqual([])
  const named = threeUp('', 'vantage d').andThen('tick 5s')
  expect(named.alerts).not.toContain('vantage-lost/d')
  expect(named.andThen('tick 2s').alerts).toContain('vantage-lost/d')
})

clause('9.16', 'who joins takes for granted what is agreed', () => {
  const two = story(
    ...[...PAIR, 'start', 'prober a1 at a', ...from('a', 'pass web1 web2')],
    ...['prober b1 at b', ...from('b', 'fail web1 x2')],
  )
  expect(two.weights).toBe(UP)
  expect(two.andThen(...from('b', 'fail web1 x9')).weights).toBe(UP)
  const agreed = two.andThen(...from('a', 'fail web1 x3'), ...from('b', 'fail web1 x3'))
  expect(agreed.weights).toBe(DOWN)
})

clause('9.17', 'a clock that leaps leaves nobody to decide alone', () => {
  const hours = threeUp().andThen('leap 5h', 'tick', ...from('a', 'fail web1 x9'))
  expect(hours.weights).toBe(UP)
  expect(hours.andThen(...from('b', 'fail web1 x3')).weights).toBe(DOWN)
  const back = threeUp().andThen('tick 6s', 'leap back 5h', 'tick', ...from('a', 'fail web1 x9'))
  expect(back.weights).toBe(UP)
  expect(back.andThen('tick 9s', ...from('a', 'fail web1')).weights).toBe(DOWN)
})
