import fc from 'fast-check'
import type { Outcome } from '../../probes/check.ts'
import type { ProbeId } from '../../services/shared/domain/check-spec.ts'
import type { RealServer, VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { buildCheck, buildServer, buildService } from './cluster-builder.ts'
import {
  boot,
  changeConfig,
  feed,
  observeFrom,
  report,
  type ScenarioWorld,
} from './scenario-world.ts'

/** One thing that happens to a controller, or around it. */
export type Action =
  | { readonly type: 'configure'; readonly services: readonly VirtualService[] }
  | { readonly type: 'restart' }
  | { readonly type: 'report'; readonly active: number }
  | {
      readonly type: 'observe'
      readonly probe: ProbeId
      readonly outcome: Outcome['outcome']
      /** Seen so long ago that it must not count. */
      readonly isOld?: boolean
    }
  | {
      readonly type: 'tick'
      readonly seconds: number
      /** Set when performed: an override ended in this time. */
      readonly ends?: boolean
    }
  | {
      readonly type: 'ask'
      readonly verb: 'drain' | 'maintenance' | 'enable'
      readonly target: string
      readonly forMs: number | undefined
    }
  | { readonly type: 'silence'; readonly isSilent: boolean }

/** The prober of a standalone monitor, where nothing else is said. */
const LOCAL = { prober: 'lb1', vantage: 'lb1' }

const NAMES = ['web1', 'web2', 'web3', 'web4'] as const

/** A cluster of one or two services over the same hosts, then a life of up to 60 actions. */
export function actions({ isReloading }: { isReloading: boolean }): fc.Arbitrary<Action[]> {
  const configure = fc
    .tuple(service('web', 80), fc.option(service('tls', 443), { nil: undefined }))
    .map(
      ([first, second]): Action => ({
        type: 'configure',
        services: second === undefined ? [first] : [first, second],
      }),
    )
  const event = fc.oneof(
    { weight: 20, arbitrary: observing },
    { weight: 3, arbitrary: asking },
    { weight: 3, arbitrary: ticking },
    { weight: 3, arbitrary: reporting },
    { weight: 1, arbitrary: fc.constant<Action>({ type: 'restart' }) },
    {
      weight: 1,
      arbitrary: fc.boolean().map((isSilent): Action => ({ type: 'silence', isSilent })),
    },
    ...(isReloading ? [{ weight: 1, arbitrary: configure }] : []),
  )
  return fc
    .tuple(configure, fc.array(event, { maxLength: 60, size: 'max' }))
    .map(([first, rest]) => [first, { type: 'restart' }, ...rest])
}

/** Does it, and returns it with what only doing it shows. */
export function perform(world: ScenarioWorld, action: Action): Action {
  const { at } = world
  switch (action.type) {
    case 'configure':
      world.config.clear()
      for (const service of action.services) world.config.set(service.name, service)
      if (world.lives.length > 0) changeConfig(world)
      return action
    case 'restart':
      world.isSilent = false
      boot(world)
      report(world)
      return action
    case 'silence':
      world.isSilent = action.isSilent
      return action
    case 'report': {
      const { active } = action
      for (const name of NAMES) world.connections.set(name, { active, inactive: 0, persistent: 0 })
      if (!world.isSilent) report(world)
      return action
    }
    case 'observe': {
      const seen = [[action.probe, outcomeOf(action.outcome)] as const]
      observeFrom(world, LOCAL, seen, action.isOld === true ? 60_000 : 0)
      return action
    }
    case 'tick': {
      world.at += action.seconds * 1000
      const ends = [...world.overrides.values()].some(({ until = Infinity }) => until <= world.at)
      feed(world, { type: 'ticked', at: world.at })
      return { ...action, ends }
    }
    case 'ask': {
      const { verb, target, forMs } = action
      const [first = '', second] = target.split('/')
      const targets = [
        second === undefined ? { server: first } : { service: first, server: second },
      ]
      const request = { verb, targets, owner: 'alice', reason: '' }
      const limited = forMs === undefined ? request : { ...request, forMs }
      feed(world, { type: 'operator-asked', at, request: limited })
      return action
    }
  }
}

function outcomeOf(outcome: Outcome['outcome']): Outcome {
  if (outcome === 'pass') return { outcome, detail: '' }
  if (outcome === 'degraded') return { outcome, factor: 0.5, code: 'tcp.slow', detail: '' }
  if (outcome === 'inconclusive') return { outcome, code: 'local', detail: '' }
  return { outcome, layer: 'connect', code: 'connect.refused', detail: '' }
}

function service(name: string, port: number): fc.Arbitrary<VirtualService> {
  return fc
    .record({
      realServers: fc.tuple(...NAMES.map((host, index) => server(host, index))),
      size: fc.integer({ min: 0, max: NAMES.length }),
      scheduler: fc.constantFrom('wlc', 'sh', 'mh'),
      onFailure: fc.constantFrom('quiesce', 'remove'),
      panicThreshold: fc.constantFrom(0, 0.3, 0.5, 1),
      hasSorry: fc.boolean(),
    })
    .map(({ realServers, size, hasSorry, ...rest }) =>
      buildService({
        ...rest,
        name,
        address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port },
        realServers: realServers.slice(0, size),
        ...(hasSorry && {
          sorryServer: { address: '127.0.0.1', port: 8088, forwarding: 'masquerade' },
        }),
      }),
    )
}

/** Every server of one name has its checks' probes in common with its namesakes. */
function server(name: string, index: number): fc.Arbitrary<RealServer> {
  const address = `10.0.0.${11 + index}`
  const target = { address, family: 4, port: 80 } as const
  return fc
    .record({
      weight: fc.constantFrom(0, 1, 50, 100),
      rise: fc.integer({ min: 1, max: 3 }),
      fall: fc.integer({ min: 1, max: 3 }),
      labels: fc.constantFrom(['tcp'], ['tcp', 'http'], ['http']),
    })
    .map(({ weight, rise, fall, labels }) =>
      buildServer({
        name,
        address,
        weight,
        checks: labels.map((label) => buildCheck({ label, target, rise, fall })),
      }),
    )
}

const observing: fc.Arbitrary<Action> = fc
  .record({
    name: fc.integer({ min: 0, max: NAMES.length - 1 }),
    label: fc.constantFrom('tcp', 'http'),
    outcome: fc.constantFrom('pass', 'pass', 'degraded', 'fail', 'fail', 'inconclusive'),
    isOld: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  })
  .map(({ name, label, outcome, isOld }) => {
    const { probe } = buildCheck({
      label,
      target: { address: `10.0.0.${11 + name}`, family: 4, port: 80 },
    })
    return { type: 'observe', probe, outcome, isOld }
  })

const asking: fc.Arbitrary<Action> = fc
  .record({
    verb: fc.constantFrom('drain', 'maintenance', 'enable'),
    target: fc
      .tuple(fc.constantFrom('', 'web/', 'tls/'), fc.constantFrom(...NAMES))
      .map(([scope, name]) => `${scope}${name}`),
    forMs: fc.constantFrom(undefined, 5000, 60_000),
  })
  .map((asked) => ({ type: 'ask', ...asked }))

const ticking: fc.Arbitrary<Action> = fc
  .constantFrom(1, 1, 5, 30)
  .map((seconds) => ({ type: 'tick', seconds }))

const reporting: fc.Arbitrary<Action> = fc
  .constantFrom(0, 0, 3)
  .map((active) => ({ type: 'report', active }))
