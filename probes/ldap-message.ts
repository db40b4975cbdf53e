import { type BerElement, berNumber, decodeBer, encodeBer, encodeBerInteger } from './ber.ts'
import { MalformedMessage } from './malformed-message.ts'

/** What a server says (RFC 4511 section 4.1.1). */
export interface LdapMessage {
  readonly id: number
  /** Tag of the operation, one of `LDAP_RESPONSE` if it is one that we ask for. */
  readonly operation: number
  /** Of a response that ends an operation. */
  readonly result: LdapResult | undefined
  /** Of a search result entry. */
  readonly entry: LdapEntry | undefined
}

/** How an operation ended (RFC 4511 section 4.1.9). */
export interface LdapResult {
  readonly code: number
  /** The code's name and what the server says of it. */
  readonly text: string
}

/** One object. */
export interface LdapEntry {
  readonly dn: string
  /** Values by the attribute's name in lower case. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

/** Tags of the responses that we know. */
export const LDAP_RESPONSE = { bind: 0x61, entry: 0x64, done: 0x65, extended: 0x78 } as const

const [INTEGER, OCTETS, ENUMERATED, SEQUENCE, BOOLEAN] = [0x02, 0x04, 0x0a, 0x30, 0x01]
/** RFC 4511 section 4.14.1. */
const START_TLS = '1.3.6.1.4.1.1466.20037'

/** A filter for one attribute, `(cn=*)` or `(cn=Some \28one\29)` (RFC 4515 section 3). */
export const LDAP_FILTER = /^\(([A-Za-z][\w;.-]*)=(\*|(?:[^()*\\\0]|\\[0-9a-fA-F]{2})+)\)$/

/** Names of result codes that a check may see. */
const RESULTS: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'operationsError',
  2: 'protocolError',
  8: 'strongerAuthRequired',
  10: 'referral',
  13: 'confidentialityRequired',
  32: 'noSuchObject',
  48: 'inappropriateAuthentication',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
}

/**
 * Logs in with a name and a password, both empty for nobody (RFC 4511 section 4.2, RFC 4513 section
 * 5.1).
 */
export function bindRequest(id: number, dn: string, password: string): Buffer {
  const version = encodeBerInteger(INTEGER, 3)
  return message(id, encodeBer(0x60, version, encodeBer(OCTETS, dn), encodeBer(0x80, password)))
}

/** Looks for one object by its name; the filter is one that `LDAP_FILTER` matches. */
export function searchRequest(
  id: number,
  base: string,
  filter: string,
  attributes: readonly string[],
): Buffer {
  const [, name = '', value = '*'] = LDAP_FILTER.exec(filter) ?? []
  const baseObject = encodeBerInteger(ENUMERATED, 0)
  const neverDereference = encodeBerInteger(ENUMERATED, 0)
  const noLimit = encodeBerInteger(INTEGER, 0)
  return message(
    id,
    encodeBer(
      0x63,
      ...[encodeBer(OCTETS, base), baseObject, neverDereference, noLimit, noLimit],
      encodeBer(BOOLEAN, Buffer.of(0)),
      value === '*'
        ? encodeBer(0x87, name)
        : encodeBer(0xa3, encodeBer(OCTETS, name), encodeBer(OCTETS, unescapeValue(value))),
      encodeBer(SEQUENCE, ...attributes.map((attribute) => encodeBer(OCTETS, attribute))),
    ),
  )
}

/** Asks to go over to TLS. */
export function startTlsRequest(id: number): Buffer {
  return message(id, encodeBer(0x77, encodeBer(0x80, START_TLS)))
}

/** Says goodbye; there is no answer. */
export function unbindRequest(id: number): Buffer {
  return message(id, encodeBer(0x42))
}

/**
 * Reads one whole message.
 *
 * @throws MalformedMessage when it is none.
 */
export function decodeMessage(bytes: Buffer): LdapMessage {
  const { tag, children } = decodeBer(bytes)
  const [id, operation] = children
  if (tag !== SEQUENCE || operation === undefined) {
    throw new MalformedMessage('want an LDAP message, got another element')
  }
  const isEntry = operation.tag === LDAP_RESPONSE.entry
  const { bind, done, extended } = LDAP_RESPONSE
  const isResult = [bind, done, extended].some((known) => known === operation.tag)
  return {
    id: berNumber(id),
    operation: operation.tag,
    result: isResult ? readResult(operation) : undefined,
    entry: isEntry ? readEntry(operation) : undefined,
  }
}

function readResult({ children }: BerElement): LdapResult {
  const code = berNumber(children[0])
  const said = children[2]?.value.toString() ?? ''
  const name = RESULTS[code] ?? `result ${code}`
  return { code, text: said === '' ? name : `${name}: ${said}` }
}

function readEntry({ children }: BerElement): LdapEntry {
  const attributes = new Map<string, readonly string[]>()
  for (const { children: pair } of children[1]?.children ?? []) {
    const name = pair[0]?.value.toString().toLowerCase() ?? ''
    attributes.set(name, pair[1]?.children.map(({ value }) => value.toString()) ?? [])
  }
  return { dn: children[0]?.value.toString() ?? '', attributes }
}

function message(id: number, operation: Buffer): Buffer {
  return encodeBer(SEQUENCE, encodeBerInteger(INTEGER, id), operation)
}

function unescapeValue(value: string): Buffer {
  const parts = value.split(/(\\[0-9a-fA-F]{2})/)
  return Buffer.concat(
    parts.map((part) =>
      part.startsWith('\\') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
    ),
  )
}
