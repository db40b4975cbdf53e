import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Bus,
  EventLog,
  KeyValue,
  KeyValueOptions,
  MessageHandler,
  RequestHandler,
} from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { createDeliveryQueue } from './delivery-queue.ts'
import { openFileEventLog } from './file-event-log.ts'
import { openFileKeyValue } from './file-key-value.ts'
import { createMemoryEventLog } from './memory-event-log.ts'
import { createKeyValue } from './memory-key-value.ts'
import { openOnce } from './open-once.ts'
import { acquireStateLock } from './state-lock.ts'
import type { Closable, StoreHost } from './store-host.ts'
import { checkSubject, matchesSubject } from './subject.ts'
import { createSystemClock } from './system-clock.ts'

/** What an in-process bus may be told. */
export interface MemoryBusOptions {
  /** Keeps key-value buckets and event logs here over restarts; without it all is in memory. */
  readonly stateDir?: string
  /** Times out requests; the system's clock by default. */
  readonly clock?: Clock
  /** Told of what a handler threw, and of writes that failed in the background. */
  readonly onError?: (error: unknown, where: string) => void
  /** Bytes that each event log may take, 16 MiB by default; the oldest events go first. */
  readonly maxLogBytes?: number
}

/** The bus of one process: the same contract as over a network, with nothing to install. */
export interface MemoryBus extends Bus {
  /** Resolves when every message, request and write that is under way has been dealt with. */
  settled(): Promise<void>
}

interface Subscription {
  readonly pattern: string
  readonly handler: MessageHandler
  active: boolean
}

const DEFAULT_MAX_LOG_BYTES = 16 * 1024 * 1024
/** Subjects are few; a program that makes them up must not fill the memory. */
const MAX_CACHED_SUBJECTS = 1000

/**
 * Makes a bus within this process. Throws a `ServiceError` with code `state.locked` when another
 * process uses `stateDir`, and `state.unusable` when the folder cannot be written.
 */
export function createMemoryBus(options: MemoryBusOptions = {}): MemoryBus {
  const onError = options.onError ?? (() => undefined)
  const queue = createDeliveryQueue(onError)
  const clock = options.clock ?? createSystemClock()
  const host: StoreHost = { deliver: queue.push, report: onError, track: queue.track, clock }
  const stores = openStores(options, host)
  const messages = createSubscriptions(queue.push)
  const requests = createRequests(queue.push, clock)
  let closed = false
  return {
    publish(subject, payload) {
      checkSubject(subject, false)
      if (!closed) messages.publish(subject, payload)
    },
    subscribe: messages.subscribe,
    request(subject, payload, timeoutMs) {
      checkSubject(subject, false)
      return closed ? Promise.reject(closedError()) : requests.request(subject, payload, timeoutMs)
    },
    reply: requests.reply,
    keyValue(bucket, keyValueOptions = {}) {
      return closed ? Promise.reject(closedError()) : stores.keyValue(bucket, keyValueOptions)
    },
    log: (stream) => (closed ? Promise.reject(closedError()) : stores.log(stream)),
    isConnected: () => !closed,
    settled: queue.settled,
    async close() {
      if (closed) return
      closed = true
      messages.clear()
      requests.clear()
      await queue.settled()
      await stores.close()
    },
  }
}

function createSubscriptions(deliver: StoreHost['deliver']) {
  const subscriptions = new Set<Subscription>()
  const cache = new Map<string, readonly Subscription[]>()

  function matching(subject: string): readonly Subscription[] {
    const known = cache.get(subject)
    if (known !== undefined) return known
    const found = [...subscriptions].filter(({ pattern }) => matchesSubject(pattern, subject))
    if (cache.size >= MAX_CACHED_SUBJECTS) cache.clear()
    cache.set(subject, found)
    return found
  }

  return {
    publish(subject: string, payload: Uint8Array): void {
      const receivers = matching(subject)
      if (receivers.length === 0) return
      const copy = payload.slice()
      for (const receiver of receivers) {
        deliver(() => (receiver.active ? receiver.handler(copy, subject) : undefined), subject)
      }
    },
    subscribe(pattern: string, handler: MessageHandler): () => void {
      checkSubject(pattern, true)
      const subscription: Subscription = { pattern, handler, active: true }
      subscriptions.add(subscription)
      cache.clear()
      return () => {
        subscription.active = false
        subscriptions.delete(subscription)
        cache.clear()
      }
    },
    clear(): void {
      for (const subscription of subscriptions) subscription.active = false
      subscriptions.clear()
      cache.clear()
    },
  }
}

function createRequests(deliver: StoreHost['deliver'], clock: Clock) {
  const responders = new Map<string, RequestHandler[]>()
  const waiting = new Set<(error: ServiceError) => void>()

  function request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const handler = responders.get(subject)?.[0]
    if (handler === undefined) {
      const message = `nobody answers ${subject}`
      return Promise.reject(new ServiceError('bus.no-responder', message, { retryable: true }))
    }
    const copy = payload.slice()
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () => {
        const message = `no answer to ${subject} within ${timeoutMs} ms`
        settle(() => reject(new ServiceError('bus.timeout', message, { retryable: true })))
      })
      waiting.add(fail)
      function fail(error: ServiceError): void {
        settle(() => reject(error))
      }
      function settle(finish: () => void): void {
        if (!waiting.delete(fail)) return
        cancel()
        finish()
      }
      deliver(() => {
        answer(handler, copy).then(
          (reply) => settle(() => resolve(reply)),
          (error: unknown) => fail(refusal(error)),
        )
      }, subject)
    })
  }

  function reply(subject: string, handler: RequestHandler): () => void {
    checkSubject(subject, false)
    const handlers = responders.get(subject) ?? []
    responders.set(subject, [...handlers, handler])
    return () => {
      const left = (responders.get(subject) ?? []).filter((other) => other !== handler)
      if (left.length > 0) responders.set(subject, left)
      else responders.delete(subject)
    }
  }

  function clear(): void {
    responders.clear()
    for (const fail of [...waiting]) fail(closedError())
  }

  return { request, reply, clear }
}

async function answer(handler: RequestHandler, payload: Uint8Array): Promise<Uint8Array> {
  return (await handler(payload)).slice()
}

/** The code of a handler's own error travels; what is not a `ServiceError` is `bus.refused`. */
function refusal(error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error)
  const { code, retryable } =
    error instanceof ServiceError ? error : { code: 'bus.refused', retryable: false }
  return new ServiceError(code, message, { cause: error, retryable })
}

function closedError(): ServiceError {
  return new ServiceError('bus.closed', 'the bus is closed')
}

function openStores(options: MemoryBusOptions, host: StoreHost) {
  const { stateDir, maxLogBytes = DEFAULT_MAX_LOG_BYTES } = options
  const release = stateDir === undefined ? () => undefined : lockStateDir(stateDir)
  const buckets = new Map<string, Promise<KeyValue & Closable>>()
  const logs = new Map<string, Promise<EventLog & Closable>>()

  function openBucket(bucket: string, how: KeyValueOptions): Promise<KeyValue & Closable> {
    if (stateDir === undefined) return Promise.resolve(createKeyValue(host, undefined, how))
    return openFileKeyValue(join(stateDir, 'kv', `${bucket}.journal`), host, how)
  }

  function openLog(stream: string): Promise<EventLog & Closable> {
    if (stateDir === undefined) return Promise.resolve(createMemoryEventLog(host, maxLogBytes))
    return openFileEventLog(join(stateDir, 'log', stream), host, maxLogBytes)
  }

  return {
    keyValue: (bucket: string, how: KeyValueOptions) =>
      openOnce(buckets, bucket, (name) => openBucket(name, how)),
    log: (stream: string) => openOnce(logs, stream, openLog),
    async close(): Promise<void> {
      const opened = await Promise.allSettled([...buckets.values(), ...logs.values()])
      for (const store of opened) if (store.status === 'fulfilled') await store.value.close()
      release()
    },
  }
}

function lockStateDir(stateDir: string): () => void {
  try {
    for (const dir of [stateDir, join(stateDir, 'kv'), join(stateDir, 'log')]) {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot use state folder ${stateDir}: ${reason}`
    throw new ServiceError('state.unusable', message, { cause: error })
  }
  return acquireStateLock(join(stateDir, 'lock'))
}
