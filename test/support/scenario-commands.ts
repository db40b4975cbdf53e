import type { Outcome } from '../../probes/check.ts'
import type { OperatorRequest } from '../../services/controller/core/event.ts'
import type { ProbeId } from '../../services/shared/domain/check-spec.ts'
import { parseDuration } from '../../services/shared/domain/duration.ts'
import { DEADLINE_ACTS } from '../../services/shared/domain/override.ts'
import { SYSCTL_NAMES } from '../../services/shared/domain/sysctl.ts'
import {
  type RealServer,
  serviceKey,
  type VirtualService,
} from '../../services/shared/domain/virtual-service.ts'
import { last, type Options, readServer, readService, splitOptions } from './scenario-config.ts'
import { countOn, newDirector, tableWith } from './scenario-directors.ts'
import { hearProbers, proberOf, seeCanary, setProber, setVantage } from './scenario-vantages.ts'
import { statusInWords, whyInWords } from './scenario-words.ts'
import {
  boot,
  changeConfig,
  feed,
  observeFrom,
  report,
  reportOther,
  type ScenarioWorld,
} from './scenario-world.ts'

type Verb = (world: ScenarioWorld, plain: readonly string[], options: Options) => readonly string[]

const PASS: Outcome = { outcome: 'pass', detail: 'connected' }

const VERBS: Readonly<Record<string, Verb>> = {
  service: setService,
  server: (world, plain, options) => editServers(world, plain, readServer(plain, options)),
  'remove-server': (world, plain) => editServers(world, plain, undefined),
  'remove-service': (world, [name = '']) => silently(world.config.delete(name)),
  table: setTable,
  boot: (world) => boot(world),
  report: firstReport,
  start: (world) => [...boot(world), ...firstReport(world)],
  restart: (world) => [...boot(world), ...report(world)],
  'lost-overrides': loseOverrides,
  reload: changeConfig,
  pass: (world, plain) => observe(world, plain, PASS),
  fail: (world, plain) => observe(world, plain, failureOf(plain)),
  degraded: (world, plain) => observe(world, plain, degradedOf(plain)),
  inconclusive: (world, plain) => observe(world, plain, INCONCLUSIVE),
  late: (world, [outcome, ...plain], options) =>
    observe(
      world,
      plain,
      outcome === 'pass' ? PASS : failureOf([]),
      parseDuration(last(options, 'by') ?? ''),
    ),
  tick: (world, [amount = '1s']) => tick(world, parseDuration(amount) ?? 0),
  leap,
  drain: (world, plain, options) => order(world, 'drain', plain, options),
  weight: (world, plain) => ask(world, 'weight', plain),
  maintenance: (world, plain) => ask(world, 'maintenance', plain),
  enable: (world, plain) => ask(world, 'enable', plain),
  release: (world, [service = '']) =>
    feed(world, {
      type: 'breaker-released',
      at: world.at,
      service,
      owner: 'alice',
      reason: 'it is so',
    }),
  connections: setConnections,
  vantage: setVantage,
  canary: (world, plain) => seeCanary(world, plain),
  prober: setProber,
  director: direct,
  directors: (world, plain) => silently(Object.assign(world, { namedDirectors: plain })),
  on: directOther,
  status: ({ core, at }) => statusInWords(core.state, at),
  why({ core, at }, [target = '']) {
    const [service = '', server = ''] = target.split('/')
    return whyInWords(core.state, service, server, at)
  },
}

const INCONCLUSIVE: Outcome = {
  outcome: 'inconclusive',
  code: 'local.no-descriptor',
  detail: 'too many open files',
}

/** Runs one command of a scenario and returns what it led to, line by line. */
export function runCommand(world: ScenarioWorld, command: string): readonly string[] {
  const [name = '', ...words] = command.split(' ')
  const verb = VERBS[name]
  if (verb === undefined) throw new Error(`no such command: ${command}`)
  const { plain, options } = splitOptions(words)
  return verb(world, plain, options)
}

function setService(world: ScenarioWorld, plain: readonly string[], options: Options) {
  const name = plain[0] ?? ''
  const realServers = world.config.get(name)?.realServers ?? []
  return silently(world.config.set(name, readService(plain, options, realServers)))
}

function editServers(
  { config }: ScenarioWorld,
  [service = '', name = '']: readonly string[],
  server: RealServer | undefined,
): readonly string[] {
  const found = serviceOf(config, service)
  const known = found.realServers.some((other) => other.name === name)
  const realServers = found.realServers.flatMap((other) =>
    other.name !== name ? [other] : server === undefined ? [] : [server],
  )
  if (!known && server !== undefined) realServers.push(server)
  return silently(config.set(service, { ...found, realServers }))
}

/** `table SERVICE NAME=WEIGHT… [sorry=WEIGHT]`: what the director has. */
function setTable(world: ScenarioWorld, plain: readonly string[], options: Options) {
  world.table = tableWith(world.table, serviceOf(world.config, plain[0] ?? ''), options)
  return []
}

/**
 * `on NAME table SERVICE NAME=WEIGHT…`, `report`, `silent`, or `connections SERVER… active=`: what
 * another director than `lb1` has, says or does.
 */
function directOther(
  world: ScenarioWorld,
  [name = '', what, ...words]: readonly string[],
  options: Options,
): readonly string[] {
  const other = world.others.get(name) ?? newDirector()
  world.others.set(name, other)
  if (what === 'table') {
    other.table = tableWith(other.table, serviceOf(world.config, words[0] ?? ''), options)
  }
  if (what === 'silent') other.isReporting = false
  if (what === 'connections') countOn(other.connections, words, options)
  if (what === 'report') other.isReporting = true
  return other.isReporting ? reportOther(world, name) : []
}

function firstReport(world: ScenarioWorld): readonly string[] {
  world.isReporting = true
  return report(world)
}

function loseOverrides(world: ScenarioWorld): readonly string[] {
  world.overrides.clear()
  return [...boot(world, 'overrides.json is not JSON'), ...report(world)]
}

function failureOf(plain: readonly string[]): Outcome {
  const code = plain.find((word) => word.includes('.')) ?? 'connect.refused'
  return { outcome: 'fail', layer: 'connect', code, detail: 'want a connection, got none' }
}

/** `75%` is the share of the weight that is left, a word with a dot the code. */
function degradedOf(plain: readonly string[]): Outcome {
  const code = plain.find((word) => word.includes('.')) ?? 'tcp.slow'
  const factor = Number.parseFloat(plain.find((word) => word.endsWith('%')) ?? '50%') / 100
  return { outcome: 'degraded', factor, code, detail: 'took 700 ms' }
}

/** `NAME[:LABEL]… [xN] [from VANTAGE[/PROBER]]`: every probe of these servers sees the same. */
function observe(world: ScenarioWorld, plain: readonly string[], outcome: Outcome, ageMs = 0) {
  const times = Number(plain.find((word) => /^x\d+$/.test(word))?.slice(1) ?? 1)
  const probes = new Set<ProbeId>()
  const servers = [...world.config.values()].flatMap(({ realServers }) => realServers)
  for (const target of plain) {
    const [name, label] = target.split(':')
    for (const { checks } of servers.filter((server) => server.name === name)) {
      for (const check of checks) {
        if (label === undefined || check.label === label) probes.add(check.probe)
      }
    }
  }
  const lines: string[] = []
  const seen = [...probes].map((probe) => [probe, outcome] as const)
  for (let i = 0; i < times; i++) lines.push(...observeFrom(world, proberOf(plain), seen, ageMs))
  return lines
}

/** A report and a tick a second, as in real life. */
function tick(world: ScenarioWorld, ms: number): readonly string[] {
  const lines: string[] = []
  for (let passed = 0; passed < ms; passed += 1000) {
    world.at += 1000
    if (world.isReporting && !world.isSilent) lines.push(...report(world))
    for (const [name, { isReporting }] of world.others) {
      if (isReporting) lines.push(...reportOther(world, name))
    }
    lines.push(...hearProbers(world), ...feed(world, { type: 'ticked', at: world.at }))
  }
  return lines
}

/** `leap 1h`, `leap back 10s`: a machine that slept, or all clocks set; nobody ticked meanwhile. */
function leap(world: ScenarioWorld, plain: readonly string[]): readonly string[] {
  const ms = parseDuration(plain.at(-1) ?? '') ?? 0
  world.at += plain[0] === 'back' ? -ms : ms
  world.observedAt = Math.min(world.observedAt, world.at)
  return []
}

/**
 * `TARGET… [by OWNER] [for DURATION] [because REASON…]`; a drain has `deadline=1m,cut` and
 * `hold=yes` before it, a weight its number, share or `configured` as the last target.
 */
function ask(world: ScenarioWorld, verb: OperatorRequest['verb'], plain: readonly string[]) {
  return order(world, verb, plain, new Map())
}

function order(
  world: ScenarioWorld,
  verb: OperatorRequest['verb'],
  plain: readonly string[],
  options: Options,
): readonly string[] {
  const [, all = '', owner = 'alice', time, reason = ''] =
    /^(.*?)(?: by (\S+))?(?: for (\S+))?(?: because (.*))?$/.exec(plain.join(' ')) ?? []
  const forMs = time === undefined ? undefined : parseDuration(time)
  const words = all.split(' ')
  const wanted = verb === 'weight' ? (words.pop() ?? '') : ''
  const targets = words.map((name) => {
    const [first = '', server] = name.split('/')
    return server === undefined ? { server: first } : { service: first, server }
  })
  const base = { targets, owner, reason, ...(forMs !== undefined && { forMs }) }
  const request = { ...base, ...particulars(verb, wanted, options) }
  return feed(world, { type: 'operator-asked', at: world.at, request })
}

function particulars(verb: OperatorRequest['verb'], wanted: string, options: Options) {
  if (verb === 'weight') {
    const amount = wanted.endsWith('%')
      ? { share: Number.parseFloat(wanted) / 100 }
      : { count: Number(wanted) }
    return { verb, weight: wanted === 'configured' ? wanted : amount } as const
  }
  if (verb !== 'drain') return { verb }
  const [deadline = '', act = 'keep'] = last(options, 'deadline')?.split(',') ?? []
  const deadlineMs = parseDuration(deadline)
  const atDeadline = DEADLINE_ACTS.find((known) => known === act) ?? 'keep'
  return {
    verb,
    ...(deadlineMs !== undefined && { deadlineMs, atDeadline }),
    ...(last(options, 'hold') === 'yes' && { hold: true as const }),
  }
}

function setConnections(world: ScenarioWorld, plain: readonly string[], options: Options) {
  countOn(world.connections, plain, options)
  return world.isReporting ? report(world) : []
}

/** A director is silent, talks again, finds drift, is refused a change, or has a problem. */
function direct(
  world: ScenarioWorld,
  [what, ...words]: readonly string[],
  options: Options,
): readonly string[] {
  const message = words.join(' ')
  world.isSilent = what === 'silent'
  const [service] = world.config.values()
  if (world.isSilent || service === undefined) return []
  const { address } = service
  switch (what) {
    case 'problem':
      return report(world, { problem: message })
    case 'sysctl': {
      const names = SYSCTL_NAMES.filter((name) => options.has(name))
      const sysctls = names.map((name) => ({ name, value: Number(last(options, name)) }))
      return report(world, { sysctls })
    }
    case 'drift': {
      const drift = { service: serviceKey(address), what: 'weight', was: '100', now: '1', message }
      return report(world, { drift: [drift] })
    }
    case 'refuses': {
      const change = { type: 'remove-service', service: address } as const
      return report(world, { failures: [{ change, code: 'EPERM', message }] })
    }
    default:
      return report(world)
  }
}

function serviceOf(config: ScenarioWorld['config'], name: string): VirtualService {
  const found = config.get(name)
  if (found === undefined) throw new Error(`no such service: ${name}`)
  return found
}

function silently(_: unknown): readonly string[] {
  return []
}
