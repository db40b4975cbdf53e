import { parseClusterFile } from '../../services/shared/cluster-file/parse-cluster-file.ts'
import type { AlertingPolicy } from '../../services/shared/domain/alerting.ts'
import type { Cause, CauseMatch } from '../../services/shared/domain/cause.ts'
import { formatDuration, parseDuration } from '../../services/shared/domain/duration.ts'
import type { Severity } from '../../services/shared/domain/notification.ts'
import type { Cluster, VirtualService } from '../../services/shared/domain/virtual-service.ts'
import { AlertWorld, type Message } from './alert-world.ts'

const START = Date.UTC(2026, 0, 5, 9, 0, 0)
const STEP_MS = 1000
/** Far from anything that happens or is wanted it looks less often. */
const LEAP_MS = 20_000
const NEAR_MS = 60_000

/** What a message has to be like, and when. */
interface Want {
  readonly from: number
  readonly to: number
  readonly channel: string
  readonly kind: string
  readonly words: string
  readonly line: string
}

interface Timeline {
  readonly policy: AlertingPolicy
  readonly cluster: Cluster
  readonly start: number
  readonly until: number
  readonly acts: readonly { readonly at: number; readonly words: readonly string[] }[]
  readonly wants: readonly Want[]
}

/**
 * Runs a time line: the `alerting` of a cluster file, `----`, and lines such as
 * `at 10s down web/web1` and `between 15s 20s want ops down "web1 is down"`. Every message has to
 * be wanted and every wish fulfilled once; says what was not, as a list with ticks.
 */
export async function runTimeline(text: string): Promise<readonly string[]> {
  const timeline = await readTimeline(text)
  const world = new AlertWorld(timeline.policy, timeline.start)
  const reality = { isAway: false, isBlind: false }
  const acts = [...timeline.acts].sort((a, b) => a.at - b.at)
  const moments = [
    ...acts.map(({ at }) => at),
    ...timeline.wants.flatMap((one) => [one.from, one.to]),
  ]
  const isNear = (passed: number) => moments.some((one) => Math.abs(one - passed) <= NEAR_MS)
  for (let passed = 0; passed <= timeline.until; passed += isNear(passed) ? STEP_MS : LEAP_MS) {
    world.at = timeline.start + passed
    while (acts[0] !== undefined && acts[0].at <= passed) {
      const act = acts.shift()
      if (act !== undefined) perform(world, timeline.cluster, reality, act.words)
    }
    if (reality.isAway) continue
    if (!reality.isBlind) world.look()
    world.tick()
  }
  return compare(timeline, world.messages)
}

function compare({ wants, start }: Timeline, messages: readonly Message[]): readonly string[] {
  const left = [...messages]
  const report: string[] = []
  let isRight = true
  for (const want of wants) {
    const place = left.findIndex((message) => fulfils(message, want, start))
    if (place >= 0) left.splice(place, 1)
    else isRight = false
    report.push(`${place >= 0 ? '[x]' : '[ ]'} ${want.line}`)
  }
  for (const { at, channel, notification } of left) {
    const { kind, subject } = notification
    report.push(`[!] unwanted at ${formatDuration(at - start)}: ${channel} ${kind} "${subject}"`)
  }
  return isRight && left.length === 0 ? [] : report
}

function fulfils({ at, channel, notification }: Message, want: Want, start: number): boolean {
  const { kind, level, subject, text } = notification
  const passed = at - start
  if (passed < want.from || passed > want.to || channel !== want.channel) return false
  if (want.kind !== kind && want.kind !== `${kind}/${level}`) return false
  return `${subject}\n${text}`.includes(want.words)
}

type Reality = { isAway: boolean; isBlind: boolean }

function perform(
  world: AlertWorld,
  cluster: Cluster,
  reality: Reality,
  words: readonly string[],
): void {
  const [act = '', first = '', ...rest] = words
  const { at } = world
  switch (act) {
    case 'down':
      for (const target of [first, ...rest]) world.raise(downCause(cluster, target, at))
      break
    case 'up':
      for (const target of [first, ...rest]) world.clear(`down/${target}`)
      break
    case 'raise':
      world.raise(alertCause(first, rest, at))
      break
    case 'clear':
      for (const key of [first, ...rest]) world.clear(key)
      break
    case 'ack': {
      const [by = '', ...why] = rest
      const forMs = why[0] === 'for' ? parseDuration(why[1] ?? '') : undefined
      const reason = (forMs === undefined ? why : why.slice(2)).join(' ')
      const incident = Number(first)
      world.handle({ type: 'acked', at, incident, by, reason, ...(forMs && { forMs }) })
      break
    }
    case 'silence':
      silence(world, rest)
      break
    case 'unsilence':
      world.handle({ type: 'unsilenced', at, id: first, by: 'ada', reason: '' })
      break
    case 'restart':
      reality.isAway = false
      world.begin()
      break
    case 'dies':
      reality.isAway = true
      break
    case 'blind':
      reality.isBlind = true
      break
    case 'sees':
      reality.isBlind = false
      break
    default:
      throw new Error(`nobody knows how to ${words.join(' ')}`)
  }
}

function silence(
  world: AlertWorld,
  [owner = '', _for, time = '', ...what]: readonly string[],
): void {
  const match: Record<string, string[]> = {}
  let incident: number | undefined
  for (const word of what) {
    const [key = '', value = ''] = word.split('=')
    if (key === 'incident') incident = Number(value)
    else if (key !== 'everything') match[`${key}s`] = [value]
  }
  const until = world.at + (parseDuration(time) ?? 0)
  world.handle({
    type: 'silenced',
    at: world.at,
    silence: {
      ...{ owner, reason: 'for the test', from: world.at, until },
      match: match as CauseMatch,
      ...(incident !== undefined && { incident }),
    },
  })
}

/** What the alerter makes of a real server that is down. */
export function downCause({ virtualServices }: Cluster, target: string, at: number): Cause {
  const [service = '', server = ''] = target.split('/')
  const found = virtualServices.find(({ name }: VirtualService) => name === service)
  const host = found?.realServers.find(({ name }) => name === server)
  if (found === undefined || host === undefined) throw new Error(`there is no ${target}`)
  const [check] = host.checks
  return {
    key: `down/${target}`,
    kind: 'down',
    severity: 'warning',
    message: `${target} is down`,
    since: at,
    ...{ service, server },
    ...(host.zone !== undefined && { zone: host.zone }),
    labels: { ...found.labels, ...host.labels },
    ...(check && { pace: { atOnce: check.fall, everyMs: check.intervalMs } }),
  }
}

function alertCause(key: string, rest: readonly string[], at: number): Cause {
  const [kind = '', about = ''] = key.split('/')
  const [severity = 'warning', ...words] = rest
  const thing = kind.split('-')[0] ?? ''
  const isThing = ['director', 'vantage'].includes(thing)
  return {
    key,
    kind,
    severity: severity as Severity,
    message: words.join(' ') || key,
    since: at,
    ...(thing === 'prober' && { vantage: 'main' }),
    ...(isThing ? { [thing]: about } : thing !== 'prober' && { service: about }),
  }
}

const CLUSTER = `
cluster: shop
defaults: { forwarding: masquerade, check: { type: tcp, interval: 10s, fall: 3 } }
realServers:
  web1: { address: 10.0.0.11, zone: rack-a, labels: { team: shop } }
  web2: { address: 10.0.0.12, zone: rack-a }
  web3: { address: 10.0.0.13, zone: rack-b }
  web4: { address: 10.0.0.14, zone: rack-b }
  gw1: { address: 10.0.0.1 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    labels: { tier: front }
    realServers: { web1: , web2: , web3: , web4: }
  mail: { address: 192.0.2.20:25/tcp, realServers: { web1: , web3: } }
  gateways: { address: 192.0.2.30:22/tcp, realServers: { gw1: } }
alerting:
`

const CHANNELS = ['ops', 'pager', 'boss', 'night']

async function readTimeline(text: string): Promise<Timeline> {
  const [head = '', body] = text.split(/^----$/m)
  if (body === undefined) throw new Error('wanted the alerting of a cluster file, ----, lines')
  const channels = CHANNELS.map((name) => `    ${name}: { type: webhook, url: { env: URL } }`)
  const lines = body.split('\n').map((line) => line.trim())
  const started = lines.find((line) => line.startsWith('start '))
  const given = head.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const named = given.some((line) => line.startsWith('channels:'))
  const yaml = [...(named ? [] : ['  channels:', ...channels]), ...given.map((line) => `  ${line}`)]
  const read = await parseClusterFile(`${CLUSTER}${yaml.join('\n')}\n`, { file: 'time line' })
  if (!read.ok)
    throw new Error(read.errors.map(({ message, line }) => `${line}: ${message}`).join('\n'))
  const { cluster } = read
  if (cluster.alerting === undefined) throw new Error('no alerting')
  const acts: { at: number; words: readonly string[] }[] = []
  const wants: Want[] = []
  let until = 0
  for (const line of lines) {
    if (line === '' || line.startsWith('#') || line === started) continue
    const [when = '', ...words] = line.split(/\s+/)
    if (when === 'until') until = timeOf(words[0])
    else if (when === 'between') wants.push(wantOf(line, words[0], words[1]))
    else if (when !== 'at') throw new Error(`wanted at, between or until, got ${line}`)
    else if (words[1] === 'want') wants.push(wantOf(line, words[0], words[0]))
    else acts.push({ at: timeOf(words[0]), words: words.slice(1) })
  }
  const last = Math.max(until, ...wants.map(({ to }) => to), ...acts.map(({ at }) => at))
  const start = started === undefined ? START : Date.parse(started.slice(6).trim())
  return { policy: cluster.alerting, cluster, start, until: last, acts, wants }
}

function wantOf(line: string, from: string | undefined, to: string | undefined): Want {
  const [, channel = '', kind = '', words = ''] =
    /want\s+(\S+)\s+(\S+)(?:\s+"(.*)")?$/.exec(line) ?? []
  if (channel === '') throw new Error(`wanted want CHANNEL KIND "words", got ${line}`)
  return { from: timeOf(from), to: timeOf(to), channel, kind, words, line }
}

function timeOf(text: string | undefined): number {
  const ms = text === '0s' ? 0 : parseDuration(text ?? '')
  if (ms === undefined) throw new Error(`wanted a time, got ${text}`)
  return ms
}
