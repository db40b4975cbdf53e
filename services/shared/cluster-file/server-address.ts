import type { z } from 'zod'
import { type IpAddress, parseIpAddress } from '../domain/ip-address.ts'
import { type Reading, scalar } from './scalar.ts'
import { splitHostPort } from './service-address.ts'
import { describeValue } from './values.ts'

/** A literal address, or a host name still to be resolved. */
export type WrittenHost =
  | { readonly ip: IpAddress }
  | { readonly ip?: undefined; readonly hostName: string }

/** A host with a port. */
export interface WrittenEndpoint {
  readonly host: WrittenHost
  readonly port: number
}

/**
 * Reads an IPv4 or IPv6 address, with or without brackets, or a host name (RFC 1123 section 2.1).
 */
export function parseHost(text: string): Reading<WrittenHost> {
  const ip = parseIpAddress(/^\[(.*:.*)\]$/.exec(text)?.[1] ?? text)
  if (ip !== undefined) return { value: { ip } }
  const isName = /^(?=.{1,253}\.?$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?!$)|\.?$))+$/i
  // A name that ends in digits is a mistyped address: no top-level domain looks like that.
  if (isName.test(text) && !/(^|\.)\d+\.?$/.test(text)) return { value: { hostName: text } }
  return badHost(text)
}

/** The schema of an address of a real server. */
export function hostSchema(hint: Readonly<Record<string, unknown>>): z.ZodType<WrittenHost> {
  return scalar({ type: 'string', ...hint }, (input) =>
    typeof input === 'string' ? parseHost(input) : badHost(input),
  )
}

/** The schema of a literal IPv4 or IPv6 address. */
export function addressSchema(hint: Readonly<Record<string, unknown>>): z.ZodType<IpAddress> {
  return scalar({ type: 'string', ...hint }, (input): Reading<IpAddress> => {
    const ip = typeof input === 'string' ? parseIpAddress(input) : undefined
    if (ip !== undefined) return { value: ip }
    const message = `wanted an IPv4 or IPv6 address, got ${describeValue(input)}`
    return { rule: 'bad-address', message }
  })
}

/** The schema of `address:port`. */
export function endpointSchema(
  hint: Readonly<Record<string, unknown>>,
): z.ZodType<WrittenEndpoint> {
  return scalar({ type: 'string', ...hint }, (input): Reading<WrittenEndpoint> => {
    const { host: text, port } = typeof input === 'string' ? splitHostPort(input) : {}
    if (text === undefined || port === undefined) {
      const message = `wanted address:port or [v6]:port, got ${describeValue(input)}`
      return { rule: 'bad-endpoint', message }
    }
    if (port < 1 || port > 65_535) {
      const message = `wanted a port from 1 to 65535, got ${describeValue(input)}`
      return { rule: 'port-out-of-range', message }
    }
    const host = parseHost(text)
    return 'value' in host ? { value: { host: host.value, port } } : host
  })
}

function badHost(input: unknown): Reading<never> {
  const got = describeValue(input)
  const port = typeof input === 'string' && splitHostPort(input).port !== undefined
  const advice = port ? '; ports belong to the virtual service' : ''
  const message = `wanted an IPv4 address, an IPv6 address or a host name, got ${got}${advice}`
  return { rule: 'bad-address', message }
}
