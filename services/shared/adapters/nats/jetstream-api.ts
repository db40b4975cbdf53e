import type { MsgHdrs } from 'nats'
import { ServiceError } from '../../runtime/service-error.ts'
import type { NatsLink } from './nats-link.ts'
import { disconnectedError, natsTrouble } from './nats-trouble.ts'

/** What JetStream says went wrong, by `err_code` (server/errors.json of nats-server). */
export const JETSTREAM_ERRORS = {
  noMessageFound: 10037,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
} as const

/** A stream's configuration, the part of it that we set. */
export interface StreamConfig {
  readonly name: string
  readonly subjects: readonly string[]
  readonly storage: 'file'
  readonly retention: 'limits'
  readonly discard: 'new' | 'old'
  readonly num_replicas: number
  readonly max_bytes?: number
  readonly max_msgs_per_subject?: number
  /** Nanoseconds. */
  readonly max_age?: number
  readonly duplicate_window?: number
  readonly allow_rollup_hdrs?: boolean
  readonly deny_delete?: boolean
  readonly deny_purge?: boolean
}

/** What a stream says of itself. */
export interface StreamInfo {
  readonly created: string
  readonly config: StreamConfig
  readonly state: { readonly first_seq: number; readonly last_seq: number }
}

/** A consumer that was made, the part of it that we read. */
export interface ConsumerInfo {
  readonly num_pending: number
  readonly delivered: { readonly stream_seq: number }
}

/** A stored message as the API gives it; headers and data in base64. */
export interface StoredMessage {
  readonly subject: string
  readonly seq: number
  readonly hdrs?: string
  readonly data?: string
}

/** An answer of JetStream that says no. */
export class JetStreamError extends ServiceError {
  /** One of `JETSTREAM_ERRORS`, or another of the server's; 0 when it gave none. */
  readonly number: number

  constructor(what: string, problem: JetStreamProblem) {
    const { code, err_code: number = 0, description = 'refused' } = problem
    const errorCode = number === JETSTREAM_ERRORS.wrongLastSequence ? 'bus.conflict' : 'bus.storage'
    super(errorCode, `${what}: ${description}`, { retryable: code >= 500 })
    this.number = number
  }
}

interface JetStreamProblem {
  readonly code: number
  readonly err_code?: number
  readonly description?: string
}

/** Requests to JetStream, each over within its time. */
export interface JetStreamApi {
  /** `verb` is the subject after `$JS.API.`. */
  call<Answer>(verb: string, body?: unknown): Promise<Answer>
  /** Stores a message; resolves with its sequence when the server has it on disk. */
  store(subject: string, data: Uint8Array, headers?: MsgHdrs): Promise<number>
}

/** Between tries while nobody answers: a stream's leader is being elected. */
const ELECTION_PAUSE_MS = 100

/**
 * JetStream over a connection. Its calls throw a `ServiceError` after `timeoutMs` at the latest:
 * `bus.disconnected` at once, `bus.timeout`, `bus.unavailable` (no leader, or JetStream is off),
 * `bus.forbidden`, or a `JetStreamError`.
 */
export function createJetStreamApi(link: NatsLink, timeoutMs: number): JetStreamApi {
  /** Nobody answering means that nothing was done, so trying again is safe. */
  async function ask(
    subject: string,
    data: Uint8Array,
    what: string,
    headers?: MsgHdrs,
  ): Promise<unknown> {
    const end = performance.now() + timeoutMs
    for (;;) {
      if (!link.isConnected()) throw disconnectedError(what)
      const left = Math.max(1, Math.round(end - performance.now()))
      try {
        const options = { timeout: left, ...(headers === undefined ? {} : { headers }) }
        return (await link.nc.request(subject, data, options)).json()
      } catch (error) {
        const trouble = natsTrouble(error, what)
        if (trouble.code !== 'bus.no-responder') throw trouble
        if (performance.now() + ELECTION_PAUSE_MS >= end) throw unavailable(what, error)
        await new Promise((resolve) => setTimeout(resolve, ELECTION_PAUSE_MS))
      }
    }
  }

  return {
    async call<Answer>(verb: string, body?: unknown): Promise<Answer> {
      const data = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body))
      const answer = await ask(`$JS.API.${verb}`, data, verb)
      checkAnswer(verb, answer)
      return answer as Answer
    },
    async store(subject, data, headers) {
      const answer = await ask(subject, data, subject, headers)
      checkAnswer(subject, answer)
      return (answer as { readonly seq: number }).seq
    },
  }
}

function checkAnswer(what: string, answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) {
    throw new ServiceError('bus.failed', `${what}: no answer of JetStream`, { retryable: true })
  }
  const { error } = answer as { readonly error?: JetStreamProblem }
  if (error !== undefined) throw new JetStreamError(what, error)
}

function unavailable(what: string, cause: unknown): ServiceError {
  const message = `${what}: JetStream does not answer (no leader, or not enabled)`
  return new ServiceError('bus.unavailable', message, { cause, retryable: true })
}
