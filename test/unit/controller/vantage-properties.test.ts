import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runCommand } from '../../support/scenario-commands.ts'
import { createScenarioWorld, replay, type ScenarioWorld } from '../../support/scenario-world.ts'

const VANTAGES = ['a', 'b', 'c'] as const
const SERVERS = ['web1', 'web2', 'web3', 'web4'] as const
const RUNS = 60
const FALL = 3
const RISE = 2

/** Four servers that three vantages look at; every guard of the service is off. */
const START = [
  'service web tcp/192.0.2.10:80 wlc',
  ...SERVERS.map(
    (name, index) => `server web ${name} 10.0.0.${index + 1}:80 rise=${RISE} fall=${FALL}`,
  ),
  'vantage a canary=10.9.0.1',
  'start',
  ...VANTAGES.map((name) => `prober ${name}1 at ${name}`),
  'canary pass 10.9.0.1 from a/a1',
  ...VANTAGES.map((name) => `pass ${SERVERS.join(' ')} from ${name}/${name}1`),
]

const seeing = fc
  .tuple(
    fc.constantFrom('pass', 'fail', 'fail', 'inconclusive', 'degraded'),
    fc.constantFrom(...SERVERS),
    fc.constantFrom(...VANTAGES),
    fc.constantFrom(1, 1, 2, FALL),
  )
  .map(
    ([what, server, vantage, times]) => `${what} ${server} x${times} from ${vantage}/${vantage}1`,
  )
const canary = fc
  .constantFrom('pass', 'pass', 'fail')
  .map((what) => `canary ${what} 10.9.0.1 from a/a1`)
const coming = fc
  .tuple(fc.constantFrom(...VANTAGES), fc.constantFrom('lost', 'left', 'at'))
  .map(([name, what]) => `prober ${name}1 ${what}${what === 'at' ? ` ${name}` : ''}`)
const ticking = fc.constantFrom('tick 1s', 'tick 3s', 'tick 9s')

function life(...commands: fc.Arbitrary<string>[]): fc.Arbitrary<string[]> {
  return fc.array(fc.oneof(...commands), { maxLength: 60, size: 'max' })
}

function begin(): ScenarioWorld {
  const world = createScenarioWorld()
  for (const command of START) runCommand(world, command)
  return world
}

function weightsOf({ core }: ScenarioWorld): readonly (number | null)[] {
  const servers = [...core.state.services.values()].flatMap((service) => service.servers)
  return servers.map(({ placement }) => placement.weight)
}

test('whoever comes, goes or is silent: invariants hold and the same events lead to the same', () => {
  fc.assert(
    fc.property(life(seeing, seeing, canary, coming, ticking), (commands) => {
      const world = begin()
      for (const command of commands) runCommand(world, command)
      replay(world)
    }),
    { numRuns: RUNS },
  )
})

test('only an observation changes a weight: no time, no prober that comes or goes', () => {
  fc.assert(
    fc.property(life(seeing, seeing, canary, coming, ticking), (commands) => {
      const world = begin()
      for (const command of commands) {
        const before = weightsOf(world)
        runCommand(world, command)
        if (/^(tick|prober)/.test(command)) expect(weightsOf(world)).toEqual(before)
      }
    }),
    { numRuns: RUNS },
  )
})

test('with three that count, two must have seen it as often as it takes', () => {
  fc.assert(
    fc.property(life(seeing), (commands) => {
      const votes: Votes = new Map()
      const world = begin()
      // The canary answers in time, so that everybody is believed.
      for (const command of commands) {
        const before = weightsOf(world)
        runCommand(world, command)
        count(votes, command)
        runCommand(world, 'canary pass 10.9.0.1 from a/a1')
        const after = weightsOf(world)
        for (const [index, server] of SERVERS.entries()) {
          const [was, is] = [before[index] ?? 0, after[index] ?? 0]
          if (was > 0 && is === 0) expect(howMany(votes, server, 'down')).toBeGreaterThan(1)
          if (was === 0 && is > 0) expect(howMany(votes, server, 'up')).toBeGreaterThan(1)
        }
      }
    }),
    { numRuns: RUNS },
  )
})

test('a blind vantage that is alone moves nothing, however long and whenever it sees again', () => {
  const blind = fc
    .tuple(fc.constantFrom(...SERVERS), fc.constantFrom(1, FALL, 9))
    .map(([server, times]) => `fail ${server} x${times} from a/a1`)
  fc.assert(
    fc.property(life(blind), (commands) => {
      const world = begin()
      runCommand(world, 'prober b1 left')
      runCommand(world, 'prober c1 left')
      const before = weightsOf(world)
      for (const command of commands) runCommand(world, command)
      expect(weightsOf(world)).toEqual(before)
      runCommand(world, 'canary fail 10.9.0.1 from a/a1')
      runCommand(world, 'canary pass 10.9.0.1 from a/a1')
      for (const server of SERVERS) runCommand(world, `pass ${server} from a/a1`)
      expect(weightsOf(world)).toEqual(before)
    }),
    { numRuns: RUNS },
  )
})

/** What each vantage says of each server, and for how long it has seen otherwise. */
type Votes = Map<string, { says: 'up' | 'down'; against: number }>

/** Counts by hand, outcome by outcome. */
function count(votes: Votes, command: string): void {
  const [what = '', server = '', times = '', , from = ''] = command.split(' ')
  if (what === 'inconclusive') return
  const seen = what === 'fail' ? 'down' : 'up'
  const vote = votes.get(`${server} ${from}`) ?? { says: 'up', against: 0 }
  votes.set(`${server} ${from}`, vote)
  for (let i = 0; i < Number(times.slice(1)); i++) {
    vote.against = vote.says === seen ? 0 : vote.against + 1
    if (vote.against >= (seen === 'down' ? FALL : RISE)) {
      vote.says = seen
      vote.against = 0
    }
  }
}

function howMany(votes: Votes, server: string, says: 'up' | 'down'): number {
  const all = VANTAGES.map((name) => votes.get(`${server} ${name}/${name}1`)?.says ?? 'up')
  return all.filter((one) => one === says).length
}
