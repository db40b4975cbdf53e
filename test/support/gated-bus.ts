import type { Bus, EventLog, KeyValue } from '../../services/shared/ports/bus.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'

/** One process's way to a bus that others use, too. */
export interface GatedBus extends Bus {
  /** Nothing comes through any more, either way, as after `kill -9`. */
  kill(): void
  /** Buckets cannot be reached any more; messages go on. */
  cutStore(isCut: boolean): void
  /** Nothing can be appended to logs any more. */
  cutLog(isCut: boolean): void
}

/** A gate before a bus, open at first. */
export function createGatedBus(bus: Bus): GatedBus {
  const closers: (() => void)[] = []
  let isDead = false
  let isStoreCut = false
  let isLogCut = false
  const never = <Result>() => new Promise<Result>(() => undefined)

  function store<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isDead) return never()
    return isStoreCut ? Promise.reject(noAnswer()) : work()
  }

  function opened(close: () => void): () => void {
    closers.push(close)
    return close
  }

  return {
    publish(subject, payload) {
      if (!isDead) bus.publish(subject, payload)
    },
    subscribe: (pattern, handler) => opened(bus.subscribe(pattern, handler)),
    request: (subject, payload, timeoutMs) =>
      isDead ? never() : bus.request(subject, payload, timeoutMs),
    reply: (subject, handler) => opened(bus.reply(subject, handler)),
    async keyValue(name, options) {
      const bucket = await store(() => bus.keyValue(name, options))
      const gated: KeyValue = {
        ...bucket,
        get: (key) => store(() => bucket.get(key)),
        entries: () => store(() => bucket.entries()),
        put: (key, value, expected) => store(() => bucket.put(key, value, expected)),
        delete: (key, expected) => store(() => bucket.delete(key, expected)),
        watch: (handler) => opened(bucket.watch(handler)),
      }
      return gated
    },
    async log(stream) {
      const log = await bus.log(stream)
      const gated: EventLog = {
        ...log,
        append(payload) {
          if (isDead) return never()
          return isLogCut ? Promise.reject(noAnswer()) : log.append(payload)
        },
        follow: (handler, after) => opened(log.follow(handler, after)),
      }
      return gated
    },
    isConnected: () => !isDead && bus.isConnected(),
    close: () => Promise.resolve(),
    kill() {
      isDead = true
      for (const close of closers.splice(0)) close()
    },
    cutStore(isCut) {
      isStoreCut = isCut
    },
    cutLog(isCut) {
      isLogCut = isCut
    },
  }
}

function noAnswer(): ServiceError {
  return new ServiceError('bus.timeout', 'no answer', { retryable: true })
}
