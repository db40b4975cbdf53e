/** Numbers of record types (the IANA registry of DNS parameters). */
export const DNS_TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
  CAA: 257,
}

/** Response codes by number (RFC 1035 section 4.1.1, RFC 2136 section 2.2, RFC 6891 section 9). */
const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
] as const

/**
 * The number of a type: `MX`, `TYPE15` (RFC 3597 section 5), `15`; `undefined` when there is none
 * such.
 */
export function dnsTypeNumber(type: string | number): number | undefined {
  const name = String(type).toUpperCase()
  if (Object.hasOwn(DNS_TYPES, name)) return DNS_TYPES[name]
  const number = /^(?:TYPE)?(\d{1,5})$/.exec(name)?.[1]
  return number !== undefined && Number(number) <= 0xffff ? Number(number) : undefined
}

/** `MX`, or `TYPE65280` where it has no name here. */
export function dnsTypeName(type: number): string {
  return Object.keys(DNS_TYPES).find((name) => DNS_TYPES[name] === type) ?? `TYPE${type}`
}

/** `NXDOMAIN`, or `RCODE23` where it has no common name. */
export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE${rcode}`)
}
