import type { z } from 'zod'
import { parseIpAddress } from '../domain/ip-address.ts'
import type { Protocol, ServiceAddress } from '../domain/virtual-service.ts'
import { type Reading, scalar } from './scalar.ts'
import { describeValue, quote } from './values.ts'

/**
 * A service's address as written: the family of a bare `fwmark:7` follows from its real servers.
 */
export type WrittenServiceAddress =
  | Extract<ServiceAddress, { readonly type: 'address' }>
  | { readonly type: 'fwmark'; readonly family?: 6; readonly mark: number }

const WANTED = 'wanted VIP:port/protocol, [v6]:port/protocol or fwmark:number'
const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'sctp'] satisfies Protocol[]

/** Reads `192.0.2.10:80/tcp`, `[2001:db8::1]:53/udp`, `fwmark:7` and `fwmark:7/ipv6`. */
export function parseServiceAddress(text: string): Reading<WrittenServiceAddress> {
  if (text.startsWith('fwmark:')) return parseFwmark(text)
  const [endpoint = '', protocol, ...rest] = text.split('/')
  const { host, port } = splitHostPort(endpoint)
  if (host === undefined || port === undefined || rest.length > 0) return badAddress(text)
  if (port < 1 || port > 65_535) {
    const advice = '; for all ports of an address mark its packets and use fwmark:number'
    const message = `wanted a port from 1 to 65535, got ${port} in ${quote(text)}${advice}`
    return { rule: 'port-out-of-range', message }
  }
  const ip = parseIpAddress(host)
  if (ip === undefined) {
    const message = `wanted a literal IPv4 address or [IPv6 address], got ${quote(host)}`
    return { rule: 'bad-service-address', message }
  }
  if (protocol === undefined) {
    const message = `no protocol; write ${endpoint}/tcp, /udp or /sctp`
    return { rule: 'missing-protocol', message }
  }
  if (!isProtocol(protocol)) {
    const message = `wanted protocol tcp, udp or sctp, got ${quote(protocol)}`
    return { rule: 'unknown-protocol', message }
  }
  return { value: { type: 'address', protocol, family: ip.family, address: ip.text, port } }
}

/** The schema of a virtual service's `address`. */
export function serviceAddressSchema(
  hint: Readonly<Record<string, unknown>>,
): z.ZodType<WrittenServiceAddress> {
  return scalar({ type: 'string', ...hint }, (input) =>
    typeof input === 'string' ? parseServiceAddress(input) : badAddress(input),
  )
}

/** Takes `host:port` or `[v6]:port` apart; both are `undefined` when it is neither. */
export function splitHostPort(text: string): {
  readonly host?: string
  readonly port?: number
} {
  const [, v6, v4, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,9})$/.exec(text) ?? []
  const host = v6 ?? v4
  if (host === undefined || host === '') return {}
  if ((v6 !== undefined) !== (parseIpAddress(host)?.family === 6)) return {}
  return { host, port: Number(digits) }
}

function parseFwmark(text: string): Reading<WrittenServiceAddress> {
  const [, digits, family] = /^fwmark:(\d{1,10})(\/ipv6)?$/.exec(text) ?? []
  const mark = Number(digits)
  if (digits === undefined) return badAddress(text)
  if (mark < 1 || mark > 0xffff_ffff) {
    const message = `wanted a firewall mark from 1 to 4294967295, got ${digits}`
    return { rule: 'fwmark-out-of-range', message }
  }
  return { value: { type: 'fwmark', mark, ...(family === '/ipv6' ? { family: 6 } : {}) } }
}

function badAddress(input: unknown): Reading<never> {
  return { rule: 'bad-service-address', message: `${WANTED}, got ${describeValue(input)}` }
}

function isProtocol(text: string): text is Protocol {
  return PROTOCOLS.includes(text)
}
