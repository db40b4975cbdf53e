import { connect, type Socket } from 'node:net'
import type { Target } from './check.ts'
import { TripwireLearning, type TripwirePlan } from './tripwire-learning.ts'

/**
 * Idle time after which the kernel asks whether the server is still there; it gives up 10 s later.
 */
const KEEPALIVE_MS = 10_000
const CONNECT_TIMEOUT_MS = 5000
/** Bytes a server may say unasked (greetings, notices) before it is left alone. */
const CHATTER_LIMIT = 65_536

/** The time a tripwire goes by; the clock of the services fits. */
export interface TripwireClock {
  /** Milliseconds from an arbitrary start, never going back. */
  monotonic(): number
  /** Calls back once after the delay; returns how to cancel. */
  after(delayMs: number, callback: () => void): () => void
}

/** What a tripwire needs. */
export interface TripwireOptions {
  /**
   * A connection ended that should not have: look at the server now. Nothing is known about it yet.
   */
  readonly onTrip: (reason: string) => void
  readonly clock: TripwireClock
}

/** An idle connection to one server. */
export interface Tripwire {
  /** Ends it for good. */
  close(): void
}

/**
 * Holds an idle TCP connection to a server and reports its unexpected end at once. It gives no
 * verdicts. Servers that close idle connections by themselves are learnt: their connection is
 * replaced in time, or they are left alone. The model is PyBal's IdleConnection monitor.
 */
export function createTripwire(target: Target, { onTrip, clock }: TripwireOptions): Tripwire {
  const learning = new TripwireLearning()
  let socket: Socket | undefined
  let cancelTimer = (): void => {}

  function follow(plan: TripwirePlan): void {
    drop()
    cancelTimer = clock.after(plan.type === 'rest' ? plan.forMs : plan.afterMs, open)
  }

  function drop(): void {
    cancelTimer()
    socket?.destroy()
    socket = undefined
  }

  function open(): void {
    const { address: host, port, source } = target
    const from = source === undefined ? {} : { localAddress: source }
    const mine = connect({ host, port, autoSelectFamily: false, ...from })
    mine.setKeepAlive(true, KEEPALIVE_MS)
    socket = mine
    let connectedAt: number | undefined
    let chatter = 0
    const ended = (reason: string): void => {
      if (socket !== mine) return
      if (connectedAt === undefined) {
        follow(learning.connectFailed())
        return
      }
      const ageMs = clock.monotonic() - connectedAt
      const isTrip = learning.closed(ageMs)
      follow(learning.afterClose())
      if (isTrip) onTrip(`connection ${reason} after ${Math.round(ageMs)} ms`)
    }
    cancelTimer = clock.after(CONNECT_TIMEOUT_MS, () => ended('timed out'))
    mine.on('connect', () => {
      if (socket !== mine) return
      cancelTimer()
      connectedAt = clock.monotonic()
      const plan = learning.connected()
      if (plan !== undefined) follow(plan)
      else if (learning.renewAtMs !== undefined)
        cancelTimer = clock.after(learning.renewAtMs, renew)
    })
    mine.on('data', (bytes) => {
      chatter += bytes.length
      if (chatter > CHATTER_LIMIT && socket === mine) follow(learning.talks())
    })
    mine.on('end', () => ended('closed'))
    mine.on('error', (error: NodeJS.ErrnoException) => ended(`broke (${error.code ?? 'error'})`))
  }

  function renew(): void {
    learning.renewed()
    follow({ type: 'connect', afterMs: 0 })
  }

  open()
  return { close: drop }
}
