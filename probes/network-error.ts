import type { Layer, Outcome, Target } from './check.ts'
import { fail, inconclusive } from './check.ts'

/** How far a connection had come: `connect`, `tls`, or the kind of the check that was talking. */
export type Phase = string

/** Ends a run early with a finished observation; only `runCheck` catches it. */
export class CheckError extends Error {
  override readonly name = 'CheckError'
  readonly outcome: Outcome

  constructor(outcome: Outcome, options?: ErrorOptions) {
    super(outcome.detail, options)
    this.outcome = outcome
  }
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`. */
export function formatTarget({ address, port }: Pick<Target, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The layer a phase belongs to. */
export function layerOf(phase: Phase): Layer {
  return phase === 'connect' || phase === 'tls' ? phase : 'protocol'
}

/** The deadline passed in this phase: `connect.timeout`, `tls.timeout`, `http.timeout`. */
export function timedOut(phase: Phase, target: Target, waitedFor: string): Outcome {
  return fail(
    layerOf(phase),
    `${phase}.timeout`,
    `${formatTarget(target)}: no ${waitedFor} in time`,
  )
}

/** The server closed the connection where it still had to say something. */
export function closedEarly(phase: Phase, target: Target, waitedFor: string): Outcome {
  const where = formatTarget(target)
  return fail(layerOf(phase), `${phase}.closed`, `${where}: closed before ${waitedFor}`)
}

/** What a socket error means: the server's fault, or ours (which never counts against it). */
export function outcomeOf(error: NodeJS.ErrnoException, phase: Phase, target: Target): Outcome {
  const code = error.code ?? ''
  const where = formatTarget(target)
  if (error.syscall === 'bind' && target.source !== undefined) {
    return badSource(target.source, code)
  }
  const local = LOCAL_TROUBLE[code]
  if (local !== undefined) return inconclusive(local[0], `${where}: ${code}: ${local[1]}`)
  const layer = layerOf(phase)
  switch (code) {
    case 'ECONNREFUSED':
      return fail(layer, `${phase}.refused`, `${where}: connection refused`)
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return phase === 'tls' && error.syscall === undefined
        ? fail(layer, 'tls.closed', `${where}: closed during the TLS handshake`)
        : fail(layer, `${phase}.reset`, `${where}: connection reset`)
    case 'ETIMEDOUT':
      return fail(layer, `${phase}.timeout`, `${where}: the kernel gave up waiting for an answer`)
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return fail('network', `${phase}.unreachable`, `${where}: no such host on its network`)
    default:
      return isTlsError(error, phase)
        ? fail('tls', tlsCode(code), `${where}: ${error.message.trim()}`)
        : inconclusive('local.error', `${where}: ${error.message}`)
  }
}

/** The probe cannot come from where the cluster file wants it to come from. */
export function badSource(source: string, code: string): Outcome {
  const hint = 'it must be an address of this machine; look at ip address and at sourceAddress'
  return inconclusive('local.source', `cannot probe from ${source}: ${code}; ${hint}`)
}

/**
 * Errors of this machine. `ENETUNREACH` is among them: the route is missing here or at a router on
 * the way, which is the same for every server behind it and says nothing about this one.
 */
const LOCAL_TROUBLE: Readonly<Record<string, readonly [code: string, hint: string]>> = {
  EMFILE: ['local.descriptors', 'this process has no file descriptor left; raise LimitNOFILE'],
  ENFILE: ['local.descriptors', 'the machine has no file descriptor left; raise fs.file-max'],
  ENOBUFS: ['local.memory', 'the kernel has no buffer space left'],
  ENOMEM: ['local.memory', 'the kernel has no memory left'],
  EADDRNOTAVAIL: ['local.address', 'no free local port or no local address of this family'],
  EADDRINUSE: ['local.address', 'the local port is taken'],
  EAFNOSUPPORT: ['local.family', 'this machine does not do this address family'],
  EACCES: ['local.permission', 'this machine forbids it; look at its packet filter and routes'],
  EPERM: ['local.permission', 'this machine forbids it; look at its packet filter'],
  ENETUNREACH: ['local.route', 'no route to this network'],
  ENETDOWN: ['local.route', 'the network interface is down'],
}

function isTlsError(error: NodeJS.ErrnoException, phase: Phase): boolean {
  const code = error.code ?? ''
  return phase === 'tls' || code === 'EPROTO' || code.startsWith('ERR_SSL_')
}

/** Names after OpenSSL's verify results (x509_vfy.h) and Node's own. */
function tlsCode(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'tls.name'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'tls.expired'
  return /CERT|ISSUER|SIGNED|CHAIN|VERIFY|REVOKED|PATH_LENGTH|PURPOSE/.test(code)
    ? 'tls.untrusted'
    : 'tls.handshake'
}
