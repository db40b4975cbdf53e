import { headers, type MsgHdrs, nanos } from 'nats'
import type { KeyValue, KeyValueEntry, KeyValueOptions } from '../../ports/bus.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { checkKey } from '../subject.ts'
import { collect } from './collect.ts'
import {
  JETSTREAM_ERRORS,
  JetStreamError,
  type StoredMessage,
  type StreamConfig,
} from './jetstream-api.ts'
import { ENCODING_HEADER, packPayload, unpackPayload } from './nats-payload.ts'
import type { NatsStream, StreamPorts } from './nats-stream.ts'
import { type FeedMessage, type FeedStart, StreamFeed } from './stream-feed.ts'

const OPERATION_HEADER = 'KV-Operation'
const EXPECTED_HEADER = 'Nats-Expected-Last-Subject-Sequence'

/** What is stored under a key: a value, or the mark that a deletion leaves. */
interface Found {
  readonly sequence: number
  readonly value?: Uint8Array
}

/** The name of the stream behind a bucket, by which every NATS client finds it. */
export function bucketStream(bucket: string): string {
  return `KV_${bucket}`
}

/** The stream behind a bucket, as every NATS client makes it. */
export function bucketConfig(
  bucket: string,
  { ttlMs }: KeyValueOptions,
  replicas: number,
): StreamConfig {
  return {
    name: bucketStream(bucket),
    subjects: [`$KV.${bucket}.>`],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    ...(ttlMs === undefined ? {} : { max_age: nanos(ttlMs), duplicate_window: nanos(ttlMs) }),
  }
}

/** A bucket of NATS. `onFeed` is told of each watch that begins. */
export class NatsKeyValue implements KeyValue {
  readonly #stream: NatsStream
  readonly #ports: StreamPorts
  readonly #onFeed: (feed: StreamFeed) => void
  readonly #prefix: string

  constructor(
    bucket: string,
    stream: NatsStream,
    ports: StreamPorts,
    onFeed: (feed: StreamFeed) => void,
  ) {
    this.#stream = stream
    this.#ports = ports
    this.#onFeed = onFeed
    this.#prefix = `$KV.${bucket}.`
  }

  async get(key: string): Promise<KeyValueEntry | undefined> {
    checkKey(key)
    return this.#stream.use(async ({ base }) => {
      const found = await this.#find(key)
      if (found?.value === undefined) return undefined
      return { key, value: found.value, revision: base + found.sequence }
    })
  }

  entries(): Promise<readonly KeyValueEntry[]> {
    return this.#stream.use(async () => {
      const entries = new Map<string, KeyValueEntry>()
      await collect(this.#stream, this.#ports, this.#lastOfEach(), (message) => {
        const { key, revision, value } = decodeEntry(message, this.#prefix)
        if (value === undefined) entries.delete(key)
        else entries.set(key, { key, revision, value })
      })
      return [...entries.values()]
    })
  }

  async put(key: string, value: Uint8Array, expected?: number): Promise<number> {
    checkKey(key)
    const { data, headers: marks = headers() } = packPayload(value)
    return this.#stream.use(({ base }) => this.#put(key, { data, marks }, expected, base))
  }

  async delete(key: string, expected?: number): Promise<void> {
    checkKey(key)
    await this.#stream.use(({ base }) => this.#delete(key, expected, base))
  }

  watch(handler: Parameters<KeyValue['watch']>[0]): () => void {
    const known = new Set<string>()
    const feed = new StreamFeed(this.#stream, this.#ports, {
      from: () => this.#lastOfEach(),
      onMessage: (message) => {
        const entry = decodeEntry(message, this.#prefix)
        if (entry.value !== undefined) known.add(entry.key)
        else if (!known.delete(entry.key)) return
        handler(entry)
      },
    })
    this.#onFeed(feed)
    return () => feed.stop()
  }

  /** A mark of a deletion counts as nothing there, but NATS wants its sequence. */
  async #put(
    key: string,
    { data, marks }: { readonly data: Uint8Array; readonly marks: MsgHdrs },
    expected: number | undefined,
    base: number,
  ): Promise<number> {
    const sequence = expectedSequence(key, expected, base)
    try {
      return base + (await this.#store(key, data, marks, sequence))
    } catch (error) {
      if (!isConflict(error)) throw error
    }
    const found = await this.#find(key)
    if (sequence === 0 && found !== undefined && found.value === undefined) {
      return base + (await this.#store(key, data, marks, found.sequence))
    }
    throw conflict(key, expected, found, base)
  }

  async #delete(key: string, expected: number | undefined, base: number): Promise<void> {
    const found = await this.#find(key)
    const revision = found?.value === undefined ? 0 : base + found.sequence
    if (expected !== undefined && expected !== revision) throw conflict(key, expected, found, base)
    if (found === undefined || revision === 0) return
    const marks = headers()
    marks.set(OPERATION_HEADER, 'DEL')
    const sequence = expected === undefined ? undefined : found.sequence
    try {
      await this.#store(key, new Uint8Array(), marks, sequence)
    } catch (error) {
      throw isConflict(error) ? conflict(key, expected, await this.#find(key), base) : error
    }
  }

  #lastOfEach(): FeedStart {
    return { lastOfEach: `${this.#prefix}>` }
  }

  /** The leader is asked: a copy may be behind what was just written. */
  async #find(key: string): Promise<Found | undefined> {
    try {
      const { message } = await this.#ports.api.call<{ readonly message: StoredMessage }>(
        `STREAM.MSG.GET.${this.#stream.name}`,
        { last_by_subj: `${this.#prefix}${key}` },
      )
      return decodeStored(message)
    } catch (error) {
      const isAbsent =
        error instanceof JetStreamError && error.number === JETSTREAM_ERRORS.noMessageFound
      if (isAbsent) return undefined
      throw error
    }
  }

  #store(key: string, data: Uint8Array, marks: MsgHdrs, expected?: number): Promise<number> {
    if (expected !== undefined) marks.set(EXPECTED_HEADER, String(expected))
    return this.#ports.api.store(`${this.#prefix}${key}`, data, marks)
  }
}

/** A revision of an earlier life of the bucket fits nothing that is there now. */
function expectedSequence(
  key: string,
  expected: number | undefined,
  base: number,
): number | undefined {
  if (expected === undefined || expected === 0) return expected
  if (expected <= base) throw conflict(key, expected, undefined, base)
  return expected - base
}

function decodeEntry({ message, sequence, life }: FeedMessage, prefix: string) {
  const key = message.subject.slice(prefix.length)
  const revision = life.base + sequence
  if (isDeletion(message.headers?.get(OPERATION_HEADER))) return { key, revision }
  const value = unpackPayload(message.data, message.headers?.get(ENCODING_HEADER))
  return { key, revision, value }
}

function decodeStored({ seq: sequence, hdrs = '', data = '' }: StoredMessage): Found {
  const marks = decodeHeaders(hdrs)
  if (isDeletion(marks.get(OPERATION_HEADER.toLowerCase()))) return { sequence }
  const bytes = new Uint8Array(Buffer.from(data, 'base64'))
  return { sequence, value: unpackPayload(bytes, marks.get(ENCODING_HEADER.toLowerCase())) }
}

/** `NATS/1.0`, then lines of `Name: value`. */
function decodeHeaders(base64: string): ReadonlyMap<string, string> {
  const lines = Buffer.from(base64, 'base64').toString('utf8').split('\r\n').slice(1)
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':')
      if (colon < 0) return []
      return [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const]
    }),
  )
}

function isDeletion(operation: string | undefined): boolean {
  return operation === 'DEL' || operation === 'PURGE'
}

function isConflict(error: unknown): boolean {
  return error instanceof JetStreamError && error.number === JETSTREAM_ERRORS.wrongLastSequence
}

function conflict(
  key: string,
  expected: number | undefined,
  found: Found | undefined,
  base: number,
): ServiceError {
  const wanted = expected === 0 ? 'no such key' : `revision ${expected}`
  const got = found?.value === undefined ? 'none' : `revision ${base + found.sequence}`
  return new ServiceError('bus.conflict', `${key}: wanted ${wanted}, found ${got}`)
}
