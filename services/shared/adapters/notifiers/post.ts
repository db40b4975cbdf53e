import { Agent, request } from 'undici'
import type { SendResult } from '../../ports/notifier.ts'
import { hideSecrets } from './hide-secrets.ts'
import { shorten } from './shorten.ts'
import { type Deadline, DeadlineError, withinDeadline } from './within-deadline.ts'

/** What is posted, and what must not be seen of it. */
export interface Posting {
  readonly url: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** Texts that a receiver may echo and that no reason may hold. */
  readonly secrets: readonly string[]
}

/** What a receiver answered. */
export interface PostAnswer {
  readonly status: number
  readonly body: string
  readonly retryAfterMs?: number
}

/** Posts, and says what came of it. */
export interface Poster {
  /** Throws nothing for what the other side does: an answer, or why there is none. */
  post(posting: Posting, deadline: Deadline): Promise<PostAnswer | SendResult>
  close(): void
}

/** No receiver has more to say than this. */
const MAX_ANSWER_BYTES = 16_384
const MAX_HEADER_BYTES = 16_384
const MAX_REASON = 200
/** Trying again later than this is giving up. */
const MAX_RETRY_AFTER_MS = 86_400_000

/** A client of one receiver; redirects are not followed, so that nothing goes elsewhere. */
export function createPoster(): Poster {
  const agent = new Agent({
    connections: 2,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 1000,
    connect: { timeout: 0 },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    async post(posting, deadline) {
      try {
        return await withinDeadline(deadline, (signal) => ask(agent, posting, signal, deadline))
      } catch (error) {
        return { outcome: 'failed', reason: whyNot(error, posting.secrets), isPermanent: false }
      }
    },
    close() {
      void agent.destroy()
    },
  }
}

/** What an answer means when only its status matters. */
export function judgeAnswer(
  { status, body, retryAfterMs }: PostAnswer,
  secrets: readonly string[],
): SendResult {
  if (status >= 200 && status <= 299) return { outcome: 'delivered' }
  const said = shorten(hideSecrets(body, secrets), MAX_REASON)
  return {
    outcome: 'failed',
    reason: `the receiver answered ${status}${said === '' ? '' : `: ${said}`}${adviceOn(status)}`,
    isPermanent: status < 500 && ![408, 425, 429].includes(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** True for what `post` returns when there was no answer. */
export function isResult(answer: PostAnswer | SendResult): answer is SendResult {
  return 'outcome' in answer
}

async function ask(
  agent: Agent,
  { url, body, headers }: Posting,
  signal: AbortSignal,
  { clock }: Deadline,
): Promise<PostAnswer> {
  const answer = await request(url, {
    method: 'POST',
    dispatcher: agent,
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'lvs-warden',
      ...headers,
    },
    signal,
  })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop ends the connection.
    if (bytes >= MAX_ANSWER_BYTES) break
  }
  const retryAfterMs = readRetryAfter(answer.headers['retry-after'], clock.now())
  return {
    status: answer.statusCode,
    body: Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
export function readRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  if (typeof header !== 'string') return undefined
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), MAX_RETRY_AFTER_MS) : undefined
}

function adviceOn(status: number): string {
  if (status === 401 || status === 403) return ' (is the secret right?)'
  if (status === 404 || status === 410) return ' (is the address right?)'
  if (status >= 300 && status <= 399) return ' (name the address that it points to)'
  return ''
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the receiver broke the connection off',
  EPIPE: 'the receiver broke the connection off',
  UND_ERR_SOCKET: 'the receiver broke the connection off',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ETIMEDOUT: 'no answer',
}

function whyNot(error: unknown, secrets: readonly string[]): string {
  if (error instanceof DeadlineError) return error.message
  const code = codeOf(error)
  const said = error instanceof Error ? error.message : String(error)
  const words = NETWORK[code] ?? shorten(hideSecrets(said, secrets), MAX_REASON)
  return `the receiver cannot be reached: ${words}${code === '' ? '' : ` (${code})`}`
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}
