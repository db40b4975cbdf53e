import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls'
import { z } from 'zod'
import { inconclusive } from './check.ts'
import { CheckError } from './network-error.ts'

/** Options of every check that speaks TLS. */
export const tlsOptions = {
  sni: z
    .string()
    .min(1)
    .optional()
    .describe('Server name sent in the TLS handshake and verified; default: `host`, else none.'),
  ca: z
    .string()
    .startsWith('/', 'want an absolute path')
    .optional()
    .describe('PEM file with the authorities to trust, instead of the system ones; absolute path.'),
  insecure: z
    .boolean()
    .default(false)
    .describe(
      'Accept any certificate. Without it a certificate that does not verify is a failure.',
    ),
}

/** How one connection does TLS, ready for `tls.connect`. */
export interface TlsSettings {
  readonly secureContext: SecureContext
  /** Empty: no SNI (it cannot carry an IP address, RFC 6066 section 3). */
  readonly servername: string
  readonly rejectUnauthorized: boolean
  readonly checkServerIdentity: (host: string, cert: PeerCertificate) => Error | undefined
}

type PeerCertificate = Parameters<typeof checkServerIdentity>[1]

/**
 * Settings for a server known by `name`, a host name or an address.
 *
 * @throws CheckError `local.ca` when the authorities' file cannot be read or parsed.
 */
export function tlsSettings(name: string, ca: string | undefined, insecure: boolean): TlsSettings {
  return {
    secureContext: secureContext(ca),
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: !insecure,
    checkServerIdentity: (_host, cert) => checkServerIdentity(name, cert),
  }
}

/** A context costs as much as a handshake, so there is one for each file, made anew when it changes. */
const contexts = new Map<string, { readonly mtimeMs: number; readonly context: SecureContext }>()
const SYSTEM_AUTHORITIES = ''

function secureContext(ca: string | undefined): SecureContext {
  const key = ca ?? SYSTEM_AUTHORITIES
  const known = contexts.get(key)
  try {
    const mtimeMs = ca === undefined ? 0 : statSync(ca).mtimeMs
    if (known?.mtimeMs === mtimeMs) return known.context
    const context = createSecureContext(ca === undefined ? {} : { ca: readFileSync(ca) })
    contexts.set(key, { mtimeMs, context })
    return context
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const outcome = inconclusive('local.ca', `cannot use the authorities in ${key}: ${reason}`)
    throw new CheckError(outcome, { cause: error })
  }
}
