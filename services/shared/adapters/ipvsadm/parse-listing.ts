import { serverKey } from '../../domain/server-key.ts'
import {
  type Protocol,
  type ServiceAddress,
  type ServiceKey,
  serviceKey,
} from '../../domain/virtual-service.ts'
import { parseHostPort } from './parse-host-port.ts'
import { parseMark } from './parse-mark.ts'

/** The numbers of one service in a listing: its own, and those of its rows by `address:port`. */
export interface ListedService {
  /** The line's last five words, where these are numbers (`--stats`, `--rate`). */
  readonly numbers: readonly number[]
  readonly rows: ReadonlyMap<string, readonly number[]>
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }
const SERVICE_NUMBERS = 5

/**
 * Reads the columns of `ipvsadm -Ln` with `--thresholds`, `--persistent-conn`, `--stats --exact` or
 * `--rate --exact`. Other lines (headings) are skipped: counters are worth less than a running
 * director.
 */
export function parseListing(text: string): Map<ServiceKey, ListedService> {
  const services = new Map<ServiceKey, ListedService>()
  let rows = new Map<string, readonly number[]>()
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '->') {
      const at = parseHostPort(words[1] ?? '')
      if (at !== undefined) rows.set(serverKey(at), words.slice(2).map(Number))
      continue
    }
    const address = serviceAddress(words)
    if (address === undefined) continue
    rows = new Map()
    const numbers = words.slice(2).map(Number).slice(-SERVICE_NUMBERS)
    services.set(serviceKey(address), { numbers, rows })
  }
  return services
}

function serviceAddress(words: readonly string[]): ServiceAddress | undefined {
  const [kind = '', where = '', next] = words
  if (kind === 'FWM') {
    const mark = parseMark(where)
    if (mark === undefined) return undefined
    return { type: 'fwmark', family: next === 'IPv6' ? 6 : 4, mark }
  }
  const protocol = PROTOCOLS[kind]
  const at = parseHostPort(where)
  return protocol === undefined || at === undefined
    ? undefined
    : { type: 'address', protocol, ...at }
}
