import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainAlerting, plainRoute } from '../../../services/shared/domain/alerting.ts'
import type { Cause } from '../../../services/shared/domain/cause.ts'
import { AlertWorld, Crash } from '../../support/alert-world.ts'

const CHANNEL = { type: 'webhook', url: { env: 'URL' }, timeoutMs: 1000 } as const
const PLAIN = plainAlerting({ ops: CHANNEL, pager: CHANNEL })
const POLICY = {
  ...PLAIN,
  routes: [
    {
      ...plainRoute(['ops']),
      everyMs: 120_000,
      escalation: [{ afterMs: 60_000, channels: ['pager'] }],
    },
  ],
}
const TARGETS = ['web/web1', 'web/web2', 'mail/web1', 'mail/web3', 'dns/web4']
const START = Date.UTC(2026, 0, 5)
const SILENCE_MS = 60_000

type Act =
  | { readonly type: 'down'; readonly target: string }
  | { readonly type: 'up'; readonly target: string }
  | { readonly type: 'silence'; readonly service: string }
  | { readonly type: 'pass'; readonly seconds: number }
  /** The alerter dies so many commands later, and another one begins at once. */
  | { readonly type: 'crash'; readonly after: number }

const target = fc.constantFrom(...TARGETS)
const acts = fc.array(
  fc.oneof<fc.Arbitrary<Act>[]>(
    fc.record({ type: fc.constant('down' as const), target }),
    fc.record({ type: fc.constant('up' as const), target }),
    fc.record({
      type: fc.constant('silence' as const),
      service: fc.constantFrom('web', 'mail', 'dns'),
    }),
    fc.record({ type: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
    fc.record({ type: fc.constant('crash' as const), after: fc.integer({ min: 0, max: 12 }) }),
  ),
  { maxLength: 40 },
)

function downCause(key: string, at: number): Cause {
  const [service = '', server = ''] = key.split('/')
  const message = `${key} is down`
  return {
    key: `down/${key}`,
    kind: 'down',
    severity: 'warning',
    message,
    since: at,
    service,
    server,
  }
}

function live(list: readonly Act[], withCrashes: boolean): AlertWorld {
  const world = new AlertWorld(POLICY, START)
  /** What was not finished is done again by whoever takes over: it looks anew. */
  const survive = (work: () => void) => {
    for (;;) {
      try {
        work()
        return
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        world.commandsLeft = undefined
        world.begin()
      }
    }
  }
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      world.at += 1000
      survive(() => {
        world.look()
        world.tick()
      })
    }
  }
  for (const act of list) {
    if (act.type === 'down') world.raise(downCause(act.target, world.at))
    else if (act.type === 'up') world.clear(`down/${act.target}`)
    else if (act.type === 'pass') pass(act.seconds)
    else if (act.type === 'silence') {
      const left = world.commandsLeft
      world.commandsLeft = undefined
      const match = { services: [act.service] }
      const until = world.at + SILENCE_MS
      const silence = { match, owner: 'ada', reason: '', from: world.at, until }
      world.handle({ type: 'silenced', at: world.at, silence })
      world.commandsLeft = left
    } else if (act.type === 'crash' && withCrashes) world.commandsLeft = act.after
  }
  pass(200)
  return world
}

/** Numbers of incidents may differ: one that was lost before anybody heard of it had one. */
function said(world: AlertWorld): readonly string[] {
  return world.messages
    .map(({ at, channel, notification: { kind, subject } }) => {
      return `${(at - START) / 1000} ${channel} ${kind} ${subject.replace(/#\d+/, '#')}`
    })
    .sort()
}

test('whenever alerters die, people hear exactly what they hear when none does', () => {
  fc.assert(
    fc.property(acts, (list) => {
      expect(said(live(list, true))).toEqual(said(live(list, false)))
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('no message comes twice, and no silence loses what still stands after it', () => {
  fc.assert(
    fc.property(acts, (list) => {
      const world = live(list, true)
      const keys = world.messages.map(({ notification }) => notification.dedupKey)
      expect(new Set(keys).size).toBe(keys.length)
      for (const incident of world.incidents) {
        const mine = world.messages.filter(
          ({ notification }) => notification.incident === String(incident.id),
        )
        const ends = mine.filter(({ channel, notification }) => {
          return channel === 'ops' && notification.kind === 'up'
        })
        expect(ends.length).toBeLessThanOrEqual(1)
        if (incident.closedAt !== undefined) continue
        const heard = mine.flatMap(({ notification }) => notification.causes.map(({ key }) => key))
        for (const { key, endedAt } of Object.values(incident.causes)) {
          if (endedAt === undefined) expect(heard).toContain(key)
        }
      }
    }),
    { numRuns: 60 },
  )
}, 60_000)
