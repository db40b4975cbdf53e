import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventLog, LoggedEvent } from '../ports/bus.ts'
import { type Journal, openJournal, readJournal } from './journal.ts'
import { createFollowers } from './memory-event-log.ts'
import { decodePayload, encodePayload, type PayloadText } from './payload-text.ts'
import type { Closable, StoreHost } from './store-host.ts'

/** A log is made of about so many files, and shrinks by one of them at a time. */
const SEGMENTS = 8
const SEGMENT_NAME = /^(\d{16})\.ndjson$/
/** A sequence costs at least so many bytes, so lost bytes bound how many sequences were lost. */
const SHORTEST_LINE_BYTES = 24

interface Record extends PayloadText {
  /** Sequence. */
  readonly s: number
}

interface Segment {
  readonly path: string
  bytes: number
}

interface Waiting {
  readonly event: LoggedEvent
  readonly resolve: (sequence: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * An event log in files of checksummed lines, each named after its first sequence. Events that come
 * while one write is under way are written together. Above `maxBytes` the oldest file goes.
 */
export async function openFileEventLog(
  dir: string,
  host: StoreHost,
  maxBytes: number,
): Promise<EventLog & Closable> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const found = await openSegments(dir)
  const { segments, damage } = found
  let { current, sequence } = found
  const followers = createFollowers(host)
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  async function rotate(firstSequence: number): Promise<void> {
    const path = segmentPath(dir, firstSequence)
    const next = await openJournal(path)
    await current?.close()
    current = next
    segments.push({ path, bytes: 0 })
    await dropOldest(segments, maxBytes)
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const isFull = current === undefined || current.size() >= maxBytes / SEGMENTS
    if (isFull) await rotate(batch[0]?.event.sequence ?? sequence)
    await current?.append(batch.map(({ event }) => encodeEvent(event)))
    const segment = segments.at(-1)
    if (segment !== undefined) segment.bytes = current?.size() ?? 0
    for (const { event } of batch) followers.tell(event)
    for (const { event, resolve } of batch) resolve(event.sequence)
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await write(batch).catch((error: unknown) => {
        for (const { reject } of batch) reject(error)
      })
    }
    writing = undefined
  }

  return {
    ...(damage === undefined ? {} : { damage }),
    append(payload) {
      sequence++
      const event = { sequence, payload: payload.slice() }
      const result = new Promise<number>((resolve, reject) => {
        waiting.push({ event, resolve, reject })
      })
      writing ??= writeAll()
      return host.track(result)
    },
    async tail(limit) {
      await writing
      const events = await readBack(segments, (found) => found.length >= limit)
      return events.slice(Math.max(0, events.length - limit))
    },
    follow: (handler, after) =>
      followers.add(handler, after, () =>
        readBack(segments, ([first]) => first !== undefined && first.sequence <= (after ?? 0) + 1),
      ),
    async close() {
      await writing
      await current?.close()
    },
  }
}

/** Reads every file once, so that damage is found at the start and not when someone asks. */
async function openSegments(dir: string) {
  const names = (await readdir(dir)).filter((name) => SEGMENT_NAME.test(name)).sort()
  const segments: Segment[] = []
  const damages: string[] = []
  let current: Journal | undefined
  let sequence = 0
  for (const name of names) {
    await current?.close()
    const path = join(dir, name)
    current = await openJournal(path)
    const events = current.lines.map(decodeEvent)
    const lost = Math.ceil((current.damage?.unreadableBytes ?? 0) / SHORTEST_LINE_BYTES)
    const before = Math.max(sequence, Number.parseInt(name, 10) - 1)
    sequence = Math.max(before, events.at(-1)?.sequence ?? 0) + lost
    if (current.damage !== undefined) damages.push(current.damage.message)
    segments.push({ path, bytes: current.size() })
  }
  const damage = damages.length > 0 ? damages.join('; ') : undefined
  return { segments, damage, current, sequence }
}

async function dropOldest(segments: Segment[], maxBytes: number): Promise<void> {
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0)
  while (total > maxBytes - maxBytes / SEGMENTS && segments.length > 1) {
    const oldest = segments.shift()
    if (oldest === undefined) return
    total -= oldest.bytes
    await rm(oldest.path, { force: true })
  }
}

/** From the newest file back until there is enough. */
async function readBack(
  segments: readonly Segment[],
  isEnough: (events: readonly LoggedEvent[]) => boolean,
): Promise<readonly LoggedEvent[]> {
  let events: readonly LoggedEvent[] = []
  for (const { path } of [...segments].reverse()) {
    if (isEnough(events)) break
    events = [...(await readJournal(path)).map(decodeEvent), ...events]
  }
  return events
}

function segmentPath(dir: string, firstSequence: number): string {
  return join(dir, `${String(firstSequence).padStart(16, '0')}.ndjson`)
}

function encodeEvent({ sequence, payload }: LoggedEvent): string {
  return JSON.stringify({ s: sequence, ...encodePayload(payload) } satisfies Record)
}

function decodeEvent(line: string): LoggedEvent {
  const record = JSON.parse(line) as Record
  return { sequence: record.s, payload: decodePayload(record) ?? new Uint8Array() }
}
