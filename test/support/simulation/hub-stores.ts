import { createMemoryEventLog } from '../../../services/shared/adapters/memory-event-log.ts'
import { createKeyValue } from '../../../services/shared/adapters/memory-key-value.ts'
import type { StoreHost } from '../../../services/shared/adapters/store-host.ts'
import { checkStoreName } from '../../../services/shared/adapters/subject.ts'
import type { EventLog, KeyValue, KeyValueOptions } from '../../../services/shared/ports/bus.ts'
import type { Clock } from '../../../services/shared/ports/clock.ts'

/** The stores of the hub: one truth for all parties, without any way to it. */
export interface HubStores {
  keyValue(bucket: string, options: KeyValueOptions): KeyValue
  log(stream: string): EventLog
  /** All is gone; numbers go on above those that were given. */
  lose(): void
  /** Grows with every loss. */
  life(): number
}

const MAX_LOG_BYTES = 16 * 1024 * 1024
/** More than are ever given in one life. */
const NUMBERS_PER_LIFE = 1_000_000_000

/** Stores in memory, by the same adapters as of an in-process bus. */
export function createHubStores(
  clock: Clock,
  onError: (error: unknown, where: string) => void,
): HubStores {
  const buckets = new Map<string, KeyValue>()
  const logs = new Map<string, EventLog>()
  const host: StoreHost = {
    clock,
    deliver: (callback) => callback(),
    report: onError,
    track: (work) => work,
  }
  let life = 0

  function openBucket(options: KeyValueOptions): KeyValue {
    const revision = life * NUMBERS_PER_LIFE
    const nothing = () => Promise.resolve()
    const storage = { revision, entries: [], save: nothing, compact: nothing, close: nothing }
    return createKeyValue(host, storage, options)
  }

  function openLog(): EventLog {
    const base = life * NUMBERS_PER_LIFE
    const log = createMemoryEventLog(host, MAX_LOG_BYTES)
    const shift = (event: { sequence: number; payload: Uint8Array }) => ({
      ...event,
      sequence: base + event.sequence,
    })
    return {
      append: async (payload) => base + (await log.append(payload)),
      tail: async (limit) => (await log.tail(limit)).map(shift),
      follow: (handler, after) =>
        log.follow(
          (event) => handler(shift(event)),
          after === undefined ? undefined : Math.max(0, after - base),
        ),
    }
  }

  return {
    keyValue(bucket, options) {
      checkStoreName(bucket)
      const store = buckets.get(bucket) ?? openBucket(options)
      buckets.set(bucket, store)
      return store
    },
    log(stream) {
      checkStoreName(stream)
      const log = logs.get(stream) ?? openLog()
      logs.set(stream, log)
      return log
    },
    lose() {
      life++
      buckets.clear()
      logs.clear()
    },
    life: () => life,
  }
}
