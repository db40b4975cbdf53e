import type { KeyValue, KeyValueEntry, KeyValueOptions } from '../ports/bus.ts'
import { openJournal } from './journal.ts'
import { createKeyValue, type KeyValueChange, type KeyValueStorage } from './memory-key-value.ts'
import { decodePayload, encodePayload } from './payload-text.ts'
import type { Closable, StoreHost } from './store-host.ts'

/** A journal below this size is never worth compacting. */
const COMPACT_FROM_BYTES = 64 * 1024
/** Compacted when it has grown to so many times what a compaction left. */
const COMPACT_GROWTH = 4
/** No line that gives a revision is shorter, so lost bytes bound how many revisions were lost. */
const SHORTEST_LINE_BYTES = 16

interface Record {
  /** Revision. */
  readonly r: number
  /** Key; absent in the line that only keeps the revision. */
  readonly k?: string
  /** Value as text, or in base64; both absent for a deletion. */
  readonly t?: string
  readonly b?: string
}

/**
 * A bucket kept in one file: each write is a line, and now and then the file is written anew with
 * what is present. Damage never stops it: what is readable goes on, and revisions skip what was
 * lost.
 */
export async function openFileKeyValue(
  path: string,
  host: StoreHost,
  options: KeyValueOptions = {},
): Promise<KeyValue & Closable> {
  const journal = await openJournal(path)
  const { damage } = journal
  const records = journal.lines.map((line) => JSON.parse(line) as Record)
  const seen = records.reduce((highest, { r }) => Math.max(highest, r), 0)
  const lost = Math.ceil((damage?.unreadableBytes ?? 0) / SHORTEST_LINE_BYTES)
  const revision = seen + lost
  if (lost > 0) await journal.append([JSON.stringify({ r: revision } satisfies Record)])
  let compactedBytes = 0

  const storage: KeyValueStorage = {
    ...(damage === undefined ? {} : { damage: damage.message }),
    revision,
    entries: presentEntries(records),
    save: (change) => journal.append([encodeChange(change)]),
    async compact(latest, present) {
      const limit = Math.max(COMPACT_FROM_BYTES, compactedBytes * COMPACT_GROWTH)
      if (journal.size() < limit) return
      const head = JSON.stringify({ r: latest } satisfies Record)
      await journal.replace([head, ...[...present.values()].map(encodeChange)])
      compactedBytes = journal.size()
    },
    close: journal.close,
  }
  return createKeyValue(host, storage, options)
}

function presentEntries(records: readonly Record[]): readonly KeyValueEntry[] {
  const entries = new Map<string, KeyValueEntry>()
  for (const record of records) {
    const { k: key, r: revision } = record
    if (key === undefined) continue
    const value = decodePayload(record)
    if (value === undefined) entries.delete(key)
    else entries.set(key, { key, value, revision })
  }
  return [...entries.values()]
}

function encodeChange({ key, revision, value }: KeyValueChange): string {
  const payload = value === undefined ? {} : encodePayload(value)
  return JSON.stringify({ r: revision, k: key, ...payload } satisfies Record)
}
