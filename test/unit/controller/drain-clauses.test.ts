import { afterAll, expect, test } from 'vitest'
import { createControllerCore } from '../../../services/controller/core/controller-core.ts'
import { drainProgress } from '../../../services/controller/core/drain/drain-progress.ts'
import { projectServices } from '../../../services/controller/core/drain/project-services.ts'
import { clausesOf, PAIR, story, twoServers } from '../../support/clauses.ts'

/** docs/concepts/serving.md, section 12, clause by clause: page and behaviour cannot part. */
const PAGE = new URL('../../../docs/concepts/serving.md', import.meta.url)
const told: string[] = []

afterAll(() => expect(told).toEqual(clausesOf(PAGE, 12)))

function clause(id: string, title: string, check: () => void): void {
  told.push(id)
  test(`${id} ${title}`, check)
}

const BUSY = 'connections web1 active=4'

clause('12.1', 'what is held keeps its row', () => {
  const held = twoServers('drain web1 hold=yes')
  expect(held.weights).toBe('web1=0 web2=100')
  expect(held.andThen('status').said).toContain('drained and held at weight 0')
  expect(twoServers(BUSY, 'drain web1 hold=yes', 'status').said).toContain('up draining')
})

clause('12.2', 'a deadline keeps or removes', () => {
  const kept = twoServers(BUSY, 'drain web1 deadline=10s,keep', 'tick 10s')
  expect(kept.weights).toBe('web1=0 web2=100')
  expect(kept.alerts).toContain('drain-deadline/web1')
  expect(kept.andThen('connections web1', 'tick').alerts).not.toContain('drain-deadline/web1')
  for (const act of ['remove', 'cut']) {
    const out = twoServers(BUSY, `drain web1 deadline=10s,${act}`, 'tick 9s')
    expect(out.weights).toBe('web1=0 web2=100')
    expect(out.andThen('tick').weights).toBe('web1=none web2=100')
  }
})

clause('12.3', 'templates are not waited for where they bring nobody', () => {
  const waiting = twoServers('connections web1 persistent=3', 'drain web1')
  expect(waiting.weights).toBe('web1=0 web2=100')
  const expired = waiting.andThen('director sysctl expire_quiescent_template=1')
  expect(expired.weights).toBe('web1=none web2=100')
})

clause('12.4', 'what ends by itself is announced', () => {
  const timed = twoServers('drain web1 for 100s', 'tick 79s')
  expect(timed.alerts).not.toContain('override-ends/web1')
  expect(timed.andThen('tick').alerts).toContain('override-ends/web1')
  expect(timed.andThen('drain web1 for 1h', 'tick').alerts).not.toContain('override-ends/web1')
  expect(timed.andThen('tick 3050s').alerts).toContain('override-ends/web1')
})

clause('12.5', 'who fails stays out when its override ends', () => {
  const failing = twoServers('maintenance web1 for 10s', 'fail web1 x3', 'tick 10s')
  expect(failing.said).toContain('its checks fail in web: there it stays out until they pass')
  expect(failing.weights).toBe('web1=0 web2=100')
  expect(failing.andThen('pass web1 x2').weights).toBe('web1=100 web2=100')
})

clause('12.6', 'the last word counts and says whose it replaces', () => {
  const both = twoServers('drain web1 by alice because reboot', 'maintenance web1 by bob')
  expect(both.said).toContain('bob asked to put web1 in all its services into maintenance')
  expect(both.said).toContain('this replaces drain by alice (reboot)')
})

/** What leaving would do to the one service. */
function leave(told: ReturnType<typeof story>, ...names: readonly string[]) {
  const [service] = told.state.services.values()
  const leaving = service?.servers.filter(({ config }) => names.includes(config.name)) ?? []
  const [projection] = projectServices(told.state, new Set(leaving)).values()
  if (projection === undefined) throw new Error('nothing leaves')
  return projection
}

const THREE = [...PAIR, 'server web web3 10.0.0.13:80 weight=50'] as const
const LOAD = [
  'connections web1 active=30',
  'connections web2 active=30',
  'connections web3 active=15',
] as const

function loaded(keys: string, ...commands: readonly string[]) {
  const head = PAIR[0].replace('wlc', `wlc ${keys}`)
  return story(head, ...THREE.slice(1), 'start', 'pass web1 web2 web3', ...LOAD, ...commands)
}

clause('12.7', 'the load is projected by weights', () => {
  const projection = leave(loaded(''), 'web1')
  expect(
    projection.servers.map(({ name, active }) => `${name} ${active.before} ${active.after}`),
  ).toEqual(['web2 30 50', 'web3 15 25'])
  expect(projection.share).toEqual({ before: 1, after: 0.6 })
  const backup = loaded('', 'server web web4 10.0.0.14:80 tier=1', 'reload', 'pass web4 x2')
  expect(leave(backup, 'web1', 'web2', 'web3').objections).toEqual([])
})

clause('12.8', 'objections name the guard and the numbers', () => {
  expect(leave(loaded(''), 'web1', 'web2', 'web3').objections).toEqual([
    'no real server would be left for new clients',
  ])
  expect(leave(loaded('panic=50%'), 'web1').objections).toEqual([])
  expect(leave(loaded('panic=70%'), 'web1').objections).toEqual([
    '60 % of the weight would be up, the panic threshold is 70 %',
  ])
  expect(leave(loaded('minHealthy=3'), 'web1').objections).toEqual([
    '2 real servers would be up, the minimum is 3',
  ])
  expect(leave(loaded('need=200,20'), 'web1').objections).toEqual([
    'weight 150 would be up, the quorum is 200',
  ])
  const full = loaded('', 'server web web2 10.0.0.12:80 upper=40', 'reload')
  expect(leave(full, 'web1').objections).toEqual([
    'web2 would have 50 active connections, its upper threshold is 40',
  ])
})

clause('12.9', 'several are one decision, and who is out changes nothing', () => {
  const half = loaded('panic=50%')
  expect(leave(half, 'web1').objections).toEqual([])
  expect(leave(half, 'web3').objections).toEqual([])
  expect(leave(half, 'web1', 'web3').objections).toEqual([
    '40 % of the weight would be up, the panic threshold is 50 %',
  ])
  const failed = loaded('panic=70%', 'fail web3 x3', 'maintenance web1')
  expect(leave(failed, 'web1', 'web3').objections).toEqual([])
})

/** Where the drain of web1 stands. */
function standing({ state }: ReturnType<typeof story>) {
  const server = state.services.get('web')?.servers.find(({ config }) => config.name === 'web1')
  return server && drainProgress(state, server)
}

clause('12.10', 'a drain says where it stands, on every director', () => {
  const busy = twoServers('connections web1 active=4 persistent=2', 'drain web1')
  expect(standing(busy)?.phase).toBe('connections')
  expect(standing(busy)?.directors).toEqual([
    { name: 'lb1', counts: { active: 4, inactive: 0, persistent: 2 } },
  ])
  const templates = busy.andThen('connections web1 persistent=2')
  expect(standing(templates)?.phase).toBe('templates')
  expect(standing(templates.andThen('connections web1'))?.phase).toBe('done')

  const late = [BUSY, 'drain web1 deadline=10s,cut']
  expect(standing(twoServers(...late, 'director silent', 'tick 10s'))?.phase).toBe('leaving')
  expect(standing(twoServers(...late, 'tick 10s'))?.phase).toBe('cut')

  const deaf = twoServers(BUSY, 'director silent', 'drain web1')
  expect(standing(deaf)?.phase).toBe('starting')
  expect(standing(deaf)?.directors[0]?.counts).toBeUndefined()

  const hashed = (...commands: readonly string[]) =>
    story(PAIR[0].replace('wlc', 'sh'), ...PAIR.slice(1), 'start', 'pass web1 web2', ...commands)
  expect(standing(hashed('director silent', 'drain web1'))?.phase).toBe('leaving')
  const out = hashed('drain web1')
  expect(standing(out)?.phase).toBe('out')
  expect(standing(out)?.remarks.join()).toContain('removed at once: sh')
  expect(standing(out.andThen('enable web1'))).toBeUndefined()
})

clause('12.11', 'whom the rest cannot spare stays in, with an alert', () => {
  const core = createControllerCore()
  const held = [{ window: 'night', target: 'web/web2', why: 'web: 33 % would be up' }]
  const hold = (now: typeof held, at: number) =>
    core.handle({ type: 'windows-held', at, held: now }).map(({ type }) => type)
  expect(hold(held, 0)).toEqual(['raise-alert'])
  expect(core.state.alerts.get('window-held/night/web/web2')).toMatchObject({
    severity: 'warning',
    message:
      'maintenance window night holds back web/web2: the rest cannot carry it: ' +
      'web: 33 % would be up',
  })
  expect(hold(held, 1000)).toEqual([])
  expect(hold([], 2000)).toEqual(['clear-alert'])
  expect(core.state.alerts.size).toBe(0)
})
