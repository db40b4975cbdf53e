import { SocketAddress } from 'node:net'
import { type DnsReader, decimalEscape } from './dns-reader.ts'
import { DNS_TYPES } from './dns-types.ts'
import { MalformedMessage } from './malformed-message.ts'

type Render = (reader: DnsReader, end: number) => string

/**
 * The data of a record as a zone file has it; types that are not known here as RFC 3597 section 5
 * has them. The reader stands at `end` afterwards.
 *
 * @throws MalformedMessage when it does not end there.
 */
export function recordText(type: number, reader: DnsReader, end: number): string {
  const text = (RENDERERS.get(type) ?? unknown)(reader, end)
  if (reader.at === end) return text
  throw new MalformedMessage(`a record of type ${type} with data of a wrong length`)
}

function unknown(reader: DnsReader, end: number): string {
  const data = reader.bytes(Math.max(0, end - reader.at))
  return `\\# ${data.length}${data.length === 0 ? '' : ` ${data.toString('hex')}`}`
}

function name(reader: DnsReader): string {
  return reader.name()
}

function ipv6(reader: DnsReader): string {
  const groups = reader
    .bytes(16)
    .toString('hex')
    .replace(/.{4}(?!$)/g, '$&:')
  return new SocketAddress({ address: groups, family: 'ipv6' }).address
}

/** Character strings up to the end (RFC 1035 section 3.3.14). */
function texts(reader: DnsReader, end: number): string {
  const strings: string[] = []
  while (reader.at < end) strings.push(quoted(reader.bytes(reader.uint8())))
  return strings.join(' ')
}

function quoted(bytes: Buffer): string {
  const text = bytes
    .toString('latin1')
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, decimalEscape)
  return `"${text}"`
}

function soa(reader: DnsReader): string {
  const names = `${reader.name()} ${reader.name()}`
  const numbers = Array.from({ length: 5 }, () => reader.uint32())
  return `${names} ${numbers.join(' ')}`
}

/** RFC 8659 section 4.1. */
function caa(reader: DnsReader, end: number): string {
  const flags = reader.uint8()
  const tag = reader.bytes(reader.uint8()).toString('latin1').replace(/[^\w]/g, decimalEscape)
  return `${flags} ${tag} ${quoted(reader.bytes(Math.max(0, end - reader.at)))}`
}

const RENDERERS: ReadonlyMap<number | undefined, Render> = new Map<number | undefined, Render>([
  [DNS_TYPES['A'], (reader) => reader.bytes(4).join('.')],
  [DNS_TYPES['AAAA'], ipv6],
  [DNS_TYPES['NS'], name],
  [DNS_TYPES['CNAME'], name],
  [DNS_TYPES['PTR'], name],
  [DNS_TYPES['DNAME'], name],
  [DNS_TYPES['SOA'], soa],
  [DNS_TYPES['MX'], (reader) => `${reader.uint16()} ${reader.name()}`],
  [DNS_TYPES['TXT'], texts],
  [DNS_TYPES['SPF'], texts],
  [
    DNS_TYPES['SRV'],
    (reader) => `${reader.uint16()} ${reader.uint16()} ${reader.uint16()} ${reader.name()}`,
  ],
  [DNS_TYPES['CAA'], caa],
])
