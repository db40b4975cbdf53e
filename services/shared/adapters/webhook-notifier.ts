import { createHmac } from 'node:crypto'
import { Agent, request } from 'undici'
import type { Notice, NoticeSender } from '../ports/notifier.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { noticeInWords } from './notice-in-words.ts'

/** Where notices are posted. */
export interface WebhookOptions {
  readonly url: string
  /** Signs each body: header `x-lvs-warden-signature: sha256=<hex>` (HMAC, RFC 2104). */
  readonly secret?: string
  /** For connecting and answering, in milliseconds; 10 s by default. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

/**
 * Posts notices as JSON: `{cluster, subject, text, raised, over}`; times are ISO 8601. Whatever is
 * no status from 200 to 299 throws `notifier.refused`, silence `notifier.unreachable`.
 */
export function createWebhookNotifier(options: WebhookOptions): NoticeSender {
  const { url, secret, timeoutMs = TIMEOUT_MS } = options
  const agent = new Agent({ connect: { timeout: timeoutMs } })
  return {
    name: 'webhook',
    async notify(notice) {
      const body = JSON.stringify(payloadOf(notice))
      const headers = { 'content-type': 'application/json', ...signatureOf(body, secret) }
      const status = await post(agent, { url, body, headers, timeoutMs })
      if (status >= 200 && status <= 299) return
      throw new ServiceError('notifier.refused', `the webhook answered ${status}`)
    },
    close() {
      void agent.destroy()
    },
  }
}

interface Posting {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The address may hold a secret, so no error names it. */
async function post(agent: Agent, { url, body, headers, timeoutMs }: Posting): Promise<number> {
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      body,
      headers,
      headersTimeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    })
    answer.body.on('error', () => undefined).destroy()
    return answer.statusCode
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
    throw new ServiceError('notifier.unreachable', `the webhook cannot be reached: ${code}`)
  }
}

function payloadOf(notice: Notice): object {
  const { subject, body: text } = noticeInWords(notice)
  const { cluster, raised, over } = notice
  return {
    cluster,
    subject,
    text,
    raised: raised.map(({ since, ...alert }) => ({ ...alert, since: iso(since) })),
    over: over.map(({ since, endedAt, ...alert }) => ({
      ...alert,
      since: iso(since),
      endedAt: iso(endedAt),
    })),
  }
}

function signatureOf(body: string, secret: string | undefined): Record<string, string> {
  if (secret === undefined) return {}
  const hex = createHmac('sha256', secret).update(body).digest('hex')
  return { 'x-lvs-warden-signature': `sha256=${hex}` }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
