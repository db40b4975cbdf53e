import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { show } from './show.ts'

/** Certificates of one chain that are looked at. */
const LONGEST_CHAIN = 16

/** One certificate of a server. */
export interface ChainLink {
  /** Its common name, fit for people. */
  readonly name: string
  /** As OpenSSL writes it: `Jan  1 00:00:00 2030 GMT`. */
  readonly ends: string
  readonly endsAtMs: number
}

/**
 * From the server's certificate to the authority's, which is its own issuer; empty when there is
 * none.
 */
export function certificateChain(socket: TLSSocket): readonly ChainLink[] {
  const chain: DetailedPeerCertificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.valid_to !== undefined && !chain.includes(next) && chain.length < LONGEST_CHAIN) {
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain.map(({ subject, valid_to: ends }) => ({
    name: show(String(subject?.CN ?? 'without a name')),
    ends,
    endsAtMs: Date.parse(ends),
  }))
}
