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
  /** Protocols offered (RFC 7301), the best first. */
  readonly ALPNProtocols?: string[]
  /** A session to resume; some servers want that of a first connection on a second (FTP's). */
  readonly session?: Buffer
}

/** Files of the certificate that we show and of its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

type PeerCertificate = Parameters<typeof checkServerIdentity>[1]

/**
 * Settings for a server known by `name`, a host name or an address.
 *
 * @throws CheckError `local.ca` or `local.certificate` when a file cannot be read or parsed.
 */
export function tlsSettings(
  name: string,
  ca: string | undefined,
  insecure: boolean,
  client?: ClientCertificate,
): TlsSettings {
  return {
    secureContext: secureContext(ca, client),
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: !insecure,
    checkServerIdentity: (_host, cert) => checkServerIdentity(name, cert),
  }
}

/**
 * A context costs as much as a handshake, so there is one for each set of files, made anew when one
 * changes.
 */
const contexts = new Map<string, { readonly version: string; readonly context: SecureContext }>()

function secureContext(ca: string | undefined, client?: ClientCertificate): SecureContext {
  const files = [ca, client?.cert, client?.key]
  const key = files.join('\0')
  const known = contexts.get(key)
  const version = files
    .map((file, at) => (file === undefined ? '' : attempt(at, file, () => statSync(file).mtimeMs)))
    .join(' ')
  if (known?.version === version) return known.context
  const [authorities, cert, secret] = files.map((file, at) =>
    file === undefined ? undefined : attempt(at, file, () => readFileSync(file)),
  )
  const context = attempt(cert === undefined ? 0 : 1, files.filter(Boolean).join(', '), () =>
    createSecureContext({
      ...(authorities !== undefined && { ca: authorities }),
      ...(cert !== undefined && { cert }),
      ...(secret !== undefined && { key: secret }),
    }),
  )
  contexts.set(key, { version, context })
  return context
}

/** The first file is of the authorities, the others are of our own certificate. */
function attempt<Result>(at: number, file: string, use: () => Result): Result {
  try {
    return use()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const [code, what] =
      at === 0 ? ['local.ca', 'authorities'] : ['local.certificate', 'certificate']
    const outcome = inconclusive(code, `cannot use the ${what} in ${file}: ${reason}`)
    throw new CheckError(outcome, { cause: error })
  }
}
