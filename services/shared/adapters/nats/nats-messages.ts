import { headers, type Msg, type MsgHdrs, type Subscription } from 'nats'
import type { Bus, MessageHandler, RequestHandler } from '../../ports/bus.ts'
import { ServiceError } from '../../runtime/service-error.ts'
import { checkSubject } from '../subject.ts'
import type { NatsLink } from './nats-link.ts'
import { ENCODING_HEADER, type PackedPayload, packPayload, unpackPayload } from './nats-payload.ts'
import { disconnectedError, natsTrouble } from './nats-trouble.ts'

/** Messages and requests over one connection, and what became of them. */
export interface NatsMessages extends Pick<Bus, 'publish' | 'subscribe' | 'request' | 'reply'> {
  /** Messages that were not sent: no connection, or a server that takes them too slowly. */
  dropped(): number
}

const CODE_HEADER = 'LVS-Error-Code'
const RETRYABLE_HEADER = 'LVS-Error-Retryable'
const UNKNOWN_CODE = 'bus.refused'
/** All who answer a subject share this queue: each request goes to one of them. */
const REPLY_QUEUE = 'replies'
/** After so many bytes the server is asked whether it has taken them. */
const CONFIRM_EVERY_BYTES = 1024 * 1024
/** What is published while so many wait to be taken is dropped: the server hangs. */
const MAX_UNCONFIRMED_BYTES = 16 * 1024 * 1024

/** Messages and requests of the port, over a connection. */
export function createNatsMessages(
  link: NatsLink,
  onError: (error: unknown, where: string) => void,
): NatsMessages {
  const outbox = createOutbox(link)

  function take(message: Msg, handler: MessageHandler): void {
    try {
      const result: unknown = handler(unpack(message), message.subject)
      if (!(result instanceof Promise)) return
      result.catch((error: unknown) => onError(error, message.subject))
    } catch (error) {
      onError(error, message.subject)
    }
  }

  async function answer(message: Msg, handler: RequestHandler): Promise<void> {
    const { data, headers } = await answerOrRefuse(link, message, handler, onError)
    if (link.isConnected()) message.respond(data, headers === undefined ? {} : { headers })
  }

  return {
    dropped: outbox.dropped,
    publish(subject, payload) {
      checkSubject(subject, false)
      const packed = packPayload(payload)
      const problem = tooLarge(link, subject, packed)
      if (problem !== undefined) onError(problem, subject)
      outbox.publish(subject, packed, problem !== undefined)
    },
    subscribe(subject, handler) {
      checkSubject(subject, true)
      return listen(link, subject, undefined, (message) => take(message, handler))
    },
    async request(subject, payload, timeoutMs) {
      checkSubject(subject, false)
      if (!link.isConnected()) throw disconnectedError(`request to ${subject}`)
      const packed = packPayload(payload)
      const problem = tooLarge(link, subject, packed)
      if (problem !== undefined) throw problem
      return ask(link, subject, packed, timeoutMs)
    },
    reply(subject, handler) {
      checkSubject(subject, false)
      return listen(link, subject, REPLY_QUEUE, (message) => {
        answer(message, handler).catch((error: unknown) => onError(error, subject))
      })
    },
  }
}

/** What is away is not waited for: old messages help nobody, so they are dropped and counted. */
function createOutbox({ nc, isConnected }: NatsLink) {
  let dropped = 0
  let unconfirmed = 0
  let isConfirming = false

  function confirm(): void {
    isConfirming = true
    const sent = unconfirmed
    const finish = () => {
      unconfirmed -= sent
      isConfirming = false
    }
    nc.flush().then(finish, finish)
  }

  return {
    dropped: () => dropped,
    publish(subject: string, { data, headers }: PackedPayload, isHopeless: boolean): void {
      if (isHopeless || !isConnected() || unconfirmed > MAX_UNCONFIRMED_BYTES) {
        dropped++
        return
      }
      if (headers === undefined) nc.publish(subject, data)
      else nc.publish(subject, data, { headers })
      unconfirmed += data.length
      if (unconfirmed > CONFIRM_EVERY_BYTES && !isConfirming) confirm()
    },
  }
}

/**
 * The library forgets a subscription that the server forbids; it is tried again after each
 * reconnection, when the permissions may be others.
 */
function listen(
  { nc, onReconnect }: NatsLink,
  subject: string,
  queue: string | undefined,
  take: (message: Msg) => void,
): () => void {
  let active = true
  let subscription: Subscription | undefined = subscribe()

  function subscribe(): Subscription {
    return nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback(error, message) {
        if (error !== null) subscription = undefined
        else if (active) take(message)
      },
    })
  }

  const forget = onReconnect(() => {
    subscription ??= subscribe()
  })
  return () => {
    active = false
    forget()
    subscription?.unsubscribe()
  }
}

async function ask(
  { nc }: NatsLink,
  subject: string,
  { data, headers }: PackedPayload,
  timeoutMs: number,
): Promise<Uint8Array> {
  const answer = await nc
    .request(subject, data, { timeout: timeoutMs, ...(headers === undefined ? {} : { headers }) })
    .catch((error: unknown) => {
      throw natsTrouble(error, `request to ${subject}`)
    })
  const payload = unpack(answer)
  const code = answer.headers?.get(CODE_HEADER)
  if (code === undefined || code === '') return payload
  const retryable = answer.headers?.get(RETRYABLE_HEADER) === 'true'
  throw new ServiceError(code, new TextDecoder().decode(payload), { retryable })
}

async function answerOrRefuse(
  link: NatsLink,
  message: Msg,
  handler: RequestHandler,
  onError: (error: unknown, where: string) => void,
): Promise<PackedPayload> {
  try {
    const packed = packPayload(await handler(unpack(message)))
    const problem = tooLarge(link, `answer to ${message.subject}`, packed)
    if (problem === undefined) return packed
    onError(problem, message.subject)
    return refusal(problem)
  } catch (error) {
    return refusal(error)
  }
}

/** The code of a handler's own error travels; what is not a `ServiceError` is `bus.refused`. */
function refusal(error: unknown): PackedPayload {
  const text = error instanceof Error ? error.message : String(error)
  const { code, retryable } =
    error instanceof ServiceError ? error : { code: UNKNOWN_CODE, retryable: false }
  const marks: MsgHdrs = headers()
  marks.set(CODE_HEADER, code)
  marks.set(RETRYABLE_HEADER, String(retryable))
  return { data: new TextEncoder().encode(text), headers: marks }
}

function tooLarge(
  { nc }: NatsLink,
  what: string,
  { data }: PackedPayload,
): ServiceError | undefined {
  const most = nc.info?.max_payload ?? Number.POSITIVE_INFINITY
  if (data.length <= most) return undefined
  const message = `${what}: ${data.length} bytes, and NATS takes ${most} in a message`
  return new ServiceError('bus.too-large', message)
}

function unpack({ data, headers }: Msg): Uint8Array {
  return unpackPayload(data, headers?.get(ENCODING_HEADER))
}
