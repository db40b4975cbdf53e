import { parseDuration } from '../../services/shared/domain/duration.ts'
import { parseIpAddress } from '../../services/shared/domain/ip-address.ts'
import {
  type RealServer,
  SCHEDULERS,
  type SchedulerFlag,
  type ServiceAddress,
  type VirtualService,
} from '../../services/shared/domain/virtual-service.ts'
import { buildCheck, buildServer, buildService } from './cluster-builder.ts'
import { readServing } from './scenario-serving.ts'

/** `key=value` words of a command; a key may come several times. */
export type Options = ReadonlyMap<string, readonly string[]>

/** Sorts a command's words into plain ones and `key=value` ones. */
export function splitOptions(words: readonly string[]): {
  readonly plain: readonly string[]
  readonly options: Options
} {
  const options = new Map<string, string[]>()
  const plain: string[] = []
  for (const word of words) {
    const [key, value] = splitOnce(word, '=')
    if (value === undefined) plain.push(word)
    else options.set(key, [...(options.get(key) ?? []), value])
  }
  return { plain, options }
}

/**
 * `service NAME PROTOCOL/VIP:PORT SCHEDULER[,FLAG…] [onFailure=] [panic=50%] [sorry=A:P]` and what
 * `readServing` reads.
 */
export function readService(
  [name = '', address = '', scheduling = 'wlc']: readonly string[],
  options: Options,
  realServers: readonly RealServer[],
): VirtualService {
  const [schedulerName, ...flags] = scheduling.split(',')
  const scheduler = SCHEDULERS.find((known) => known === schedulerName)
  if (scheduler === undefined) throw new Error(`no such scheduler: ${scheduling}`)
  const [sorryAddress, sorryPort] = splitPort(last(options, 'sorry') ?? '')
  return buildService({
    name,
    address: readServiceAddress(address),
    scheduler,
    schedulerFlags: flags as SchedulerFlag[],
    onFailure: last(options, 'onFailure') === 'remove' ? 'remove' : 'quiesce',
    panicThreshold: Number.parseFloat(last(options, 'panic') ?? '0') / 100,
    ...readServing(options),
    ...(sorryPort !== undefined && {
      sorryServer: { address: sorryAddress, port: sorryPort, forwarding: 'masquerade' },
    }),
    ...readProbeFrom(options),
    ...readDirectors(options),
    realServers,
  })
}

/** `directors=A,B`. */
function readDirectors(options: Options): Pick<VirtualService, 'directors'> {
  const directors = last(options, 'directors')?.split(',')
  return directors === undefined ? {} : { directors }
}

/** `vantages=A,B quorum=N`. */
function readProbeFrom(options: Options): Pick<VirtualService, 'probeFrom'> {
  const vantages = last(options, 'vantages')?.split(',')
  const quorum = last(options, 'quorum')
  if (vantages === undefined && quorum === undefined) return {}
  return {
    probeFrom: {
      ...(vantages && { vantages }),
      ...(quorum !== undefined && { quorum: Number(quorum) }),
    },
  }
}

/**
 * `server SERVICE NAME ADDRESS:PORT [weight=] [rise=] [fall=] [interval=] [check=LABEL]…
 * [optional=LABEL] [tier=] [upper=] [hooks=yes]`.
 */
export function readServer(
  [, name = '', place = '']: readonly string[],
  options: Options,
): RealServer {
  const [address, port = 80] = splitPort(place)
  const labels = (options.get('check') ?? ['tcp']).filter((label) => label !== 'none')
  const intervalMs = parseDuration(last(options, 'interval') ?? '2s')
  return buildServer({
    name,
    address,
    port,
    weight: Number(last(options, 'weight') ?? 100),
    upperThreshold: Number(last(options, 'upper') ?? 0),
    ...(options.has('tier') && { tier: Number(last(options, 'tier')) }),
    ...(last(options, 'hooks') === 'yes' && {
      hooks: { onUp: ['server', 'up'], onDown: ['server', 'down'] },
    }),
    checks: labels.map((label) =>
      buildCheck({
        label,
        kind: label === 'agent' ? 'agent' : 'tcp',
        target: { address, family: 4, port },
        rise: Number(last(options, 'rise') ?? 2),
        fall: Number(last(options, 'fall') ?? 3),
        ...(intervalMs !== undefined && { intervalMs }),
        ...(last(options, 'optional') === label && { optional: true as const }),
      }),
    ),
  })
}

/** The last value of an option. */
export function last(options: Options, key: string): string | undefined {
  return options.get(key)?.at(-1)
}

/** Cuts at the first separator; the second half is absent where there is none. */
export function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)]
}

function readServiceAddress(text: string): ServiceAddress {
  const [protocol, rest = ''] = splitOnce(text, '/')
  if (protocol === 'fwmark') return { type: 'fwmark', family: 4, mark: Number(rest) }
  const [address, port = 0] = splitPort(rest)
  const family = parseIpAddress(address)?.family ?? 4
  return { type: 'address', protocol: protocol === 'udp' ? 'udp' : 'tcp', family, address, port }
}

function splitPort(text: string): readonly [string, number | undefined] {
  const colon = text.lastIndexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), Number(text.slice(colon + 1))]
}
