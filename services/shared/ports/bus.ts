/**
 * Called for each message of a subscription, in order. What it throws goes to whom the bus was told
 * to report errors: one that is a `ServiceError` (a message that cannot be read) is logged there.
 */
export type MessageHandler = (payload: Uint8Array, subject: string) => void

/**
 * Answers one request; a thrown error reaches the requester by its message and, if it has one,
 * code.
 */
export type RequestHandler = (payload: Uint8Array) => Promise<Uint8Array> | Uint8Array

/** How services speak to each other. Payloads are bytes; `wire/` gives them meaning. */
export interface Bus {
  publish(subject: string, payload: Uint8Array): void
  /** `*` stands for one token, a last `>` for the rest. Returns how to unsubscribe. */
  subscribe(subject: string, handler: MessageHandler): () => void
  /**
   * Throws a `ServiceError` with code `bus.no-responder` or `bus.timeout`, with the code of the
   * `ServiceError` that the handler threw, or with `bus.refused` when it threw something else.
   */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array>
  /** One handler answers each request of this subject. Returns how to stop. */
  reply(subject: string, handler: RequestHandler): () => void
  /** The same options each time: a bucket is made by whoever asks first. */
  keyValue(bucket: string, options?: KeyValueOptions): Promise<KeyValue>
  log(stream: string): Promise<EventLog>
  /** False while the network to the others is away; what is published meanwhile may be lost. */
  isConnected(): boolean
  close(): Promise<void>
}

/** What a bucket is made with. */
export interface KeyValueOptions {
  /**
   * Every entry is gone so long after it was last written; some servers of NATS are up to a second
   * late. Watchers are not told: who waits for an expiry asks, or has a timer of its own.
   */
  readonly ttlMs?: number
}

/** One present key of a bucket. */
export interface KeyValueEntry {
  readonly key: string
  readonly value: Uint8Array
  /** Grows with every write to the bucket, over restarts too: usable as a fencing token. */
  readonly revision: number
}

/** A durable bucket with compare-and-set. */
export interface KeyValue {
  /** Says what happened when stored content was found unreadable and set aside. */
  readonly damage?: string
  get(key: string): Promise<KeyValueEntry | undefined>
  entries(): Promise<readonly KeyValueEntry[]>
  /**
   * Writes and returns the new revision. With `expected` (0: must not exist) a mismatch throws
   * `bus.conflict`.
   */
  put(key: string, value: Uint8Array, expected?: number): Promise<number>
  delete(key: string, expected?: number): Promise<void>
  /** Calls with every present entry first, then with every change; `value` absent means deleted. */
  watch(
    handler: (entry: Omit<KeyValueEntry, 'value'> & { readonly value?: Uint8Array }) => void,
  ): () => void
}

/** One event of a durable log. */
export interface LoggedEvent {
  readonly sequence: number
  readonly payload: Uint8Array
}

/** A durable, append-only log with bounded size. */
export interface EventLog {
  readonly damage?: string
  append(payload: Uint8Array): Promise<number>
  /** The last `limit` events, oldest first. */
  tail(limit: number): Promise<readonly LoggedEvent[]>
  /**
   * Calls with each event appended from now on, in order. With `after`, first with every kept event
   * of a higher sequence; 0 is all of them.
   */
  follow(handler: (event: LoggedEvent) => void, after?: number): () => void
}
