import type { KeyValue, KeyValueEntry, KeyValueOptions } from '../ports/bus.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { createPresentEntries } from './present-entries.ts'
import type { Closable, StoreHost } from './store-host.ts'
import { checkKey } from './subject.ts'

/** One write to a bucket; `value` absent means deleted. */
export interface KeyValueChange {
  readonly key: string
  readonly revision: number
  readonly value?: Uint8Array
}

/** Where a bucket keeps itself, and what it starts with. */
export interface KeyValueStorage {
  readonly damage?: string
  /** The last revision ever given, also to what is deleted by now. */
  readonly revision: number
  readonly entries: readonly KeyValueEntry[]
  /** Durable when it resolves. */
  save(change: KeyValueChange): Promise<void>
  /** Called after each write; may rewrite what is kept as no more than what is present. */
  compact(revision: number, present: ReadonlyMap<string, KeyValueEntry>): Promise<void>
  close(): Promise<void>
}

const IN_MEMORY: KeyValueStorage = {
  revision: 0,
  entries: [],
  save: () => Promise.resolve(),
  compact: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

type Watcher = Parameters<KeyValue['watch']>[0]

/**
 * A bucket in memory, in front of a storage or of none. Writes happen one after the other. What a
 * storage starts with counts as written now.
 */
export function createKeyValue(
  host: StoreHost,
  storage: KeyValueStorage = IN_MEMORY,
  options: KeyValueOptions = {},
): KeyValue & Closable {
  const present = createPresentEntries(host.clock, storage.entries, options)
  const watchers = new Set<Watcher>()
  let revision = storage.revision
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<Result>(write: () => Promise<Result>): Promise<Result> {
    const result = last.then(write)
    last = result.catch(() => undefined)
    return host.track(result)
  }

  function notify(watcher: Watcher, change: KeyValueChange): void {
    host.deliver(() => (watchers.has(watcher) ? watcher(change) : undefined), 'watch')
  }

  /** A revision that could not be stored is not given again: it may be in the file all the same. */
  async function write(key: string, value: Uint8Array | undefined, expected: number | undefined) {
    const actual = present.get(key)?.revision ?? 0
    if (expected !== undefined && expected !== actual) throw conflict(key, expected, actual)
    revision++
    const change = { key, revision, ...(value === undefined ? {} : { value }) }
    await storage.save(change)
    if (value === undefined) present.delete(key)
    else present.set({ key, value, revision: change.revision })
    for (const watcher of watchers) notify(watcher, change)
    await storage
      .compact(revision, present.all())
      .catch((error: unknown) => host.report(error, 'compaction'))
    return change.revision
  }

  return {
    ...(storage.damage === undefined ? {} : { damage: storage.damage }),
    get: (key) => Promise.resolve(present.get(key)),
    entries: () => Promise.resolve([...present.all().values()]),
    async put(key, value, expected) {
      checkKey(key)
      const copy = value.slice()
      return inTurn(() => write(key, copy, expected))
    },
    async delete(key, expected) {
      checkKey(key)
      await inTurn(async () => {
        if (present.get(key) !== undefined || expected !== undefined)
          await write(key, undefined, expected)
      })
    },
    watch(watcher) {
      const own: Watcher = (change) => watcher(change)
      watchers.add(own)
      for (const entry of present.all().values()) notify(own, entry)
      return () => watchers.delete(own)
    },
    async close() {
      watchers.clear()
      await last
      await storage.close()
    },
  }
}

function conflict(key: string, expected: number, actual: number): ServiceError {
  const wanted = expected === 0 ? 'no such key' : `revision ${expected}`
  const got = actual === 0 ? 'none' : `revision ${actual}`
  return new ServiceError('bus.conflict', `${key}: wanted ${wanted}, found ${got}`)
}
