import { headers, type MsgHdrs } from 'nats'
import { type BackoffOptions, backoffMs } from '../../runtime/backoff.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { packPayload } from './nats-payload.ts'

/** Events on their way into a log. */
export interface AppendQueue {
  /** Resolves with the sequence of the event when it is stored. */
  append(payload: Uint8Array): Promise<number>
  close(): void
}

/** Where events go, and what must be done before. */
export interface AppendPorts {
  readonly subject: string
  /** Stores one message; resolves with its number. */
  readonly store: (data: Uint8Array, headers: MsgHdrs) => Promise<number>
  /** Before a batch is sent: followers that just began must not miss it. */
  readonly beforeSending: () => Promise<unknown>
}

interface Waiting {
  readonly id: string
  readonly payload: Uint8Array
  readonly since: number
  readonly resolve: (sequence: number) => void
  readonly reject: (error: unknown) => void
}

const BACKOFF: BackoffOptions = { firstMs: 100, capMs: 2000 }
/** Sent at once; the next batch goes when these are stored or failed. */
const BATCH = 1024
/** An event lost is lost for good, so it waits for NATS much longer than any other call. */
const PATIENCE_MS = 10 * 60 * 1000
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** How long the server knows an event again that is sent twice: longer than we try. */
export const DUPLICATE_WINDOW_MS = 2 * PATIENCE_MS

/**
 * Sends events in order, many at once, and again with the same identity when it is not known
 * whether they arrived: the server stores each once. `append` throws a retryable `ServiceError`:
 * that of the last try after ten minutes, or `bus.full` when 16 MiB wait already.
 */
export function createAppendQueue({ subject, store, beforeSending }: AppendPorts): AppendQueue {
  const instance = crypto.randomUUID()
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let count = 0
  let isRunning = false
  let isOpen = true

  function settle(event: Waiting, finish: () => void): void {
    waitingBytes -= event.payload.length
    finish()
  }

  /** Resolves with whether the event is done with, well or not. */
  async function send(event: Waiting): Promise<boolean> {
    const { data, headers: marks = headers() } = packPayload(event.payload)
    marks.set('Nats-Msg-Id', event.id)
    try {
      const sequence = await store(data, marks)
      settle(event, () => event.resolve(sequence))
      return true
    } catch (error) {
      const isRetryable = error instanceof ServiceError && error.retryable
      if (isOpen && isRetryable && performance.now() - event.since < PATIENCE_MS) return false
      settle(event, () => event.reject(error))
      return true
    }
  }

  async function run(): Promise<void> {
    for (let attempt = 0; waiting.length > 0; ) {
      await beforeSending()
      const batch = waiting.slice(0, BATCH)
      waiting = waiting.slice(BATCH)
      const done = await Promise.all(batch.map(send))
      const left = batch.filter((_, index) => done[index] === false)
      waiting = [...left, ...waiting]
      if (left.length === 0) attempt = 0
      else await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt++, BACKOFF)))
    }
    isRunning = false
  }

  return {
    append(payload) {
      if (waitingBytes + payload.length > MAX_WAITING_BYTES) {
        const message = `${subject}: too much waits for NATS already`
        return Promise.reject(new ServiceError('bus.full', message, { retryable: true }))
      }
      const copy = new Uint8Array(payload)
      waitingBytes += copy.length
      const id = `${instance}-${++count}`
      return new Promise((resolve, reject) => {
        waiting.push({ id, payload: copy, since: performance.now(), resolve, reject })
        if (isRunning) return
        isRunning = true
        run().catch(reject)
      })
    },
    close() {
      isOpen = false
    },
  }
}
