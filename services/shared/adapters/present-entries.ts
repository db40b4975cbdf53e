import type { KeyValueEntry, KeyValueOptions } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'

/** The entries of a bucket that are there now. */
export interface PresentEntries {
  get(key: string): KeyValueEntry | undefined
  all(): ReadonlyMap<string, KeyValueEntry>
  /** Written now: its time begins anew. */
  set(entry: KeyValueEntry): void
  delete(key: string): void
}

/** What is there at the start counts as written now. Those that watch are told of no expiry. */
export function createPresentEntries(
  clock: Clock,
  entries: readonly KeyValueEntry[],
  { ttlMs = Infinity }: KeyValueOptions,
): PresentEntries {
  const present = new Map<string, KeyValueEntry>()
  /** In the order of writing, so the first to go are in front. */
  const writtenMs = new Map<string, number>()
  for (const entry of entries) set(entry)

  function set(entry: KeyValueEntry): void {
    present.set(entry.key, entry)
    writtenMs.delete(entry.key)
    if (ttlMs !== Infinity) writtenMs.set(entry.key, clock.monotonic())
  }

  function remove(key: string): void {
    present.delete(key)
    writtenMs.delete(key)
  }

  function forget(): void {
    const oldestMs = clock.monotonic() - ttlMs
    for (const [key, atMs] of writtenMs) {
      if (atMs > oldestMs) return
      remove(key)
    }
  }

  return {
    get(key) {
      forget()
      return present.get(key)
    },
    all() {
      forget()
      return present
    },
    set,
    delete: remove,
  }
}
