import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Deadline, Outcome, Target } from './check.ts'
import { closedEarly, outcomeOf, type Phase, timedOut } from './network-error.ts'
import type { TlsSettings } from './tls-settings.ts'

/** What the user of a socket wants to hear. Nothing comes after `destroy` or `release`. */
export interface SocketUser {
  /** Kind of the check, used in codes once the connection stands: `http.reset`. */
  readonly phase: Phase
  /** What is being waited for, for people: `complete answer`. */
  readonly waitsFor: string
  /** Connected, and the TLS handshake is done. */
  onReady(): void
  /** The bytes are only valid during the call. */
  onBytes(bytes: Buffer): void
  /** The server closed its side; true when that is too early, which then comes back as `onBroken`. */
  endsEarly(): boolean
  /** The connection failed, was closed early or ran out of time; it is already destroyed. */
  onBroken(outcome: Outcome): void
}

/** One connection of one check. */
export interface OpenSocket {
  readonly raw: Socket
  /** No more events; the descriptor is free at once. */
  destroy(): void
  /**
   * `destroy` after a finished exchange, by a reset: the server has said all, and thousands of checks
   * a second leave no local ports in TIME_WAIT.
   */
  reset(): void
  /** No more events and no more deadline, but the connection stays open for a polite end. */
  release(): void
}

/** Shared by all connections: its bytes are used up before the next read can happen. */
const readBuffer = Buffer.allocUnsafeSlow(65_536)

/** One attempt at one literal address, TCP or TLS. The socket is destroyed when the deadline passes. */
export function openSocket(
  target: Target,
  tls: TlsSettings | undefined,
  deadline: Deadline,
  user: SocketUser,
): OpenSocket {
  let open = true
  let ready = false
  const base = {
    host: target.address,
    port: target.port,
    autoSelectFamily: false,
    onread: {
      buffer: readBuffer,
      callback(length: number, buffer: Uint8Array): boolean {
        if (open) user.onBytes((buffer as Buffer).subarray(0, length))
        return true
      },
    },
  }
  const raw = tls === undefined ? connect(base) : connectTls({ ...base, ...tls })
  const release = (): void => {
    open = false
    unlisten()
  }
  const broken = (outcome: Outcome): void => {
    if (!open) return
    release()
    raw.destroy()
    user.onBroken(outcome)
  }
  const phase = (): Phase => (ready ? user.phase : raw.connecting ? 'connect' : 'tls')
  const unlisten = deadline.onExpire(() => {
    const waitedFor = ready ? user.waitsFor : raw.connecting ? 'connection' : 'TLS handshake'
    broken(timedOut(phase(), target, waitedFor))
  })
  raw.on(tls === undefined ? 'connect' : 'secureConnect', () => {
    ready = true
    if (open) user.onReady()
  })
  raw.on('error', (error: NodeJS.ErrnoException) => {
    broken(outcomeOf(error, error.syscall === 'connect' ? 'connect' : phase(), target))
  })
  raw.on('end', () => {
    if (!open) return
    if (!ready) broken(closedEarly(phase(), target, 'the TLS handshake'))
    else if (user.endsEarly()) broken(closedEarly(user.phase, target, user.waitsFor))
  })
  const destroy = (): void => {
    if (open) release()
    raw.destroy()
  }
  const reset = (): void => {
    release()
    if (tls === undefined) raw.resetAndDestroy()
    else raw.destroy()
  }
  return { raw, destroy, reset, release }
}
