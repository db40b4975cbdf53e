import fc from 'fast-check'
import type { Outcome } from '../../probes/check.ts'
import type { ProbeId } from '../../services/shared/domain/check-spec.ts'
import type { RealServer, VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { buildCheck, buildServer, buildService } from './cluster-builder.ts'
import { ORDERS, type Order, PLAIN_ORDERS } from './random-orders.ts'
import { anyGuards, anyServing, weighable } from './random-serving.ts'
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
      /** Where it was seen; at the one place of a standalone monitor by default. */
      readonly vantage?: string
    }
  | {
      readonly type: 'tick'
      readonly seconds: number
      /** The director goes on reporting meanwhile. */
      readonly isReported?: boolean
      /** Set when performed: an override ended in this time. */
      readonly ends?: boolean
    }
  | {
      readonly type: 'ask'
      readonly target: string
      readonly forMs: number | undefined
      readonly order: Order
    }
  | { readonly type: 'release'; readonly service: string }
  /** Every check sees the same, and all real servers have more or less to do. */
  | {
      readonly type: 'sweep'
      readonly outcome: 'pass' | 'fail'
      readonly times: number
      readonly vantage: string
    }
  | { readonly type: 'silence'; readonly isSilent: boolean }

/** What a life may have beside overrides, thresholds and the sorry server. */
export interface Features {
  readonly isReloading: boolean
  /** `minHealthy`, `maxEjected` and the breaker. */
  readonly guards?: boolean
  /** Backups, a quorum, slow start, weights that follow the load, and several vantages. */
  readonly everything?: boolean
}

/** The prober of a standalone monitor, where nothing else is said. */
const LOCAL = 'lb1'
const VANTAGES = ['a', 'b', 'c'] as const
const NAMES = ['web1', 'web2', 'web3', 'web4'] as const

/** A cluster of one or two services over the same hosts, then a life of up to 60 actions. */
export function actions(features: Features): fc.Arbitrary<Action[]> {
  const { isReloading, everything = false, guards = everything } = features
  const configure = fc
    .tuple(
      service('web', 80, { guards, everything }),
      fc.option(service('tls', 443, { guards, everything }), { nil: undefined }),
    )
    .map(
      ([first, second]): Action => ({
        type: 'configure',
        services: second === undefined ? [first] : [first, second],
      }),
    )
  const eventFrom = (places: readonly string[]) =>
    fc.oneof(
      { weight: 20, arbitrary: observingFrom(places) },
      { weight: 3, arbitrary: everything ? ordering : asking },
      ...(guards ? [rarely({ type: 'release', service: 'web' })] : []),
      ...(everything ? [{ weight: 3, arbitrary: sweeping(places) }] : []),
      { weight: 3, arbitrary: everything ? tickingOn : ticking },
      { weight: 3, arbitrary: reporting },
      ...[rarely({ type: 'restart' }), rarely({ type: 'silence', isSilent: false })],
      rarely({ type: 'silence', isSilent: true }),
      ...(isReloading ? [{ weight: 1, arbitrary: configure }] : []),
    )
  const places = everything ? fc.constantFrom([LOCAL], [LOCAL], VANTAGES) : fc.constant([LOCAL])
  return fc
    .tuple(
      configure,
      places.chain((from) => fc.array(eventFrom(from), { maxLength: 60, size: 'max' })),
    )
    .map(([first, rest]) => [first, { type: 'restart' }, ...rest])
}

function rarely(action: Action): { weight: number; arbitrary: fc.Arbitrary<Action> } {
  return { weight: 1, arbitrary: fc.constant(action) }
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
      const { vantage = LOCAL } = action
      const from = { prober: vantage, vantage }
      observeFrom(world, from, seen, action.isOld === true ? 60_000 : 0)
      return action
    }
    case 'tick': {
      const until = world.at + action.seconds * 1000
      const ends = [...world.overrides.values()].some((one) => (one.until ?? Infinity) <= until)
      // A longer gap would be time in which nobody could be heard.
      while (world.at < until) {
        world.at += 1000
        if (action.isReported === true && !world.isSilent) report(world)
        feed(world, { type: 'ticked', at: world.at })
      }
      return { ...action, ends }
    }
    case 'ask': {
      const { target, forMs, order } = action
      const [first = '', second] = target.split('/')
      const targets = [
        second === undefined ? { server: first } : { service: first, server: second },
      ]
      const request = { ...order, targets, owner: 'alice', reason: '' }
      const limited = forMs === undefined ? request : { ...request, forMs }
      feed(world, { type: 'operator-asked', at, request: limited })
      return action
    }
    case 'sweep': {
      const { outcome, times, vantage } = action
      const seen = [...world.core.state.readers.keys()].map(
        (probe) => [probe, outcomeOf(outcome)] as const,
      )
      for (const [index, name] of NAMES.entries()) {
        world.connections.set(name, { active: index * 10, inactive: 0, persistent: 0 })
      }
      for (let time = 0; time < times; time++) {
        observeFrom(world, { prober: vantage, vantage }, seen)
      }
      if (!world.isSilent) report(world)
      return action
    }
    case 'release': {
      const { service } = action
      feed(world, { type: 'breaker-released', at, service, owner: 'alice', reason: '' })
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

function service(
  name: string,
  port: number,
  features: { readonly guards: boolean; readonly everything: boolean },
): fc.Arbitrary<VirtualService> {
  return fc
    .record({
      realServers: fc.tuple(...NAMES.map((host, index) => server(host, index, features))),
      size: fc.integer({ min: 0, max: NAMES.length }),
      scheduler: fc.constantFrom('wlc', 'sh', 'mh'),
      onFailure: fc.constantFrom('quiesce', 'remove'),
      panicThreshold: fc.constantFrom(0, 0.3, 0.5, 1),
      hasSorry: fc.boolean(),
      guards: features.guards ? anyGuards : fc.constant({}),
      more: features.everything ? anyServing : fc.constant({}),
    })
    .map(({ realServers, size, hasSorry, more, ...rest }) =>
      buildService({
        ...rest,
        ...weighable(rest.scheduler, more),
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
function server(
  name: string,
  index: number,
  { everything }: { readonly everything: boolean },
): fc.Arbitrary<RealServer> {
  const address = `10.0.0.${11 + index}`
  const target = { address, family: 4, port: 80 } as const
  return fc
    .record({
      weight: fc.constantFrom(0, 1, 50, 100),
      rise: fc.integer({ min: 1, max: 3 }),
      fall: fc.integer({ min: 1, max: 3 }),
      labels: fc.constantFrom(['tcp'], ['tcp', 'http'], ['http']),
      tier: everything ? fc.constantFrom(0, 0, 1, 2) : fc.constant(0),
    })
    .map(({ weight, rise, fall, labels, tier }) =>
      buildServer({
        ...(tier > 0 && { tier }),
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

function observingFrom(vantages: readonly string[]): fc.Arbitrary<Action> {
  return fc
    .tuple(observing, fc.constantFrom(...vantages))
    .map(([action, vantage]) => ({ ...action, vantage }) as Action)
}

function sweeping(places: readonly string[]): fc.Arbitrary<Action> {
  return fc
    .record({
      outcome: fc.constantFrom('pass', 'fail'),
      times: fc.integer({ min: 1, max: 3 }),
      vantage: fc.constantFrom(...places),
    })
    .map((swept) => ({ type: 'sweep', ...swept }))
}

function askFor(orders: readonly Order[]): fc.Arbitrary<Action> {
  return fc
    .record({
      order: fc.constantFrom(...orders),
      target: fc
        .tuple(fc.constantFrom('', 'web/', 'tls/'), fc.constantFrom(...NAMES))
        .map(([scope, name]) => `${scope}${name}`),
      forMs: fc.constantFrom(undefined, 5000, 60_000),
    })
    .map((asked) => ({ type: 'ask', ...asked }))
}

const asking = askFor(PLAIN_ORDERS)
const ordering = askFor(ORDERS)

const ticking: fc.Arbitrary<Action> = fc
  .constantFrom(1, 1, 5, 30)
  .map((seconds) => ({ type: 'tick', seconds }))

const tickingOn = ticking.map((action) => ({ ...action, isReported: true }) as Action)

const reporting: fc.Arbitrary<Action> = fc
  .constantFrom(0, 0, 3)
  .map((active) => ({ type: 'report', active }))
