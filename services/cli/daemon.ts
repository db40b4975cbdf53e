/** Where a daemon is, and by which way it is talked to. */
export type Daemon = LocalDaemon | RemoteDaemon

/** On this machine, behind a socket that only its owner and root can open. */
export interface LocalDaemon {
  readonly kind: 'socket'
  readonly socketPath: string
  /** Who asks; root needs no hint to become root. */
  readonly uid: number
  /** For whom: behind sudo not root. */
  readonly owner: string
}

/** Over the network, behind a log-in. */
export interface RemoteDaemon {
  readonly kind: 'server'
  readonly url: URL
  /** By which it is known here; its host where it has none. */
  readonly name: string
  readonly token?: string
  readonly trust: Trust
}

/** Why a server's certificate is believed; the system's authorities when nothing is said. */
export interface Trust {
  /** Certificates of authorities, PEM. */
  readonly ca?: string
  /** SHA-256 of the certificate: this one and no other, whoever signed it. */
  readonly fingerprint?: string
  /** Called with the fingerprint of whatever certificate comes, which is then believed. */
  readonly onFirstUse?: (fingerprint: string) => void
}

/** How to call it in a message. */
export function nameOf(daemon: Daemon): string {
  return daemon.kind === 'socket' ? daemon.socketPath : daemon.url.origin
}
