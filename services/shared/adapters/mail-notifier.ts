import { createTransport } from 'nodemailer'
import type { NoticeSender } from '../ports/notifier.ts'
import { noticeInWords } from './notice-in-words.ts'

/** How notices are mailed. */
export interface MailOptions {
  readonly host: string
  readonly port: number
  readonly from: string
  readonly to: readonly string[]
  readonly user?: string
  readonly password?: string
  /** For connecting and each answer, in milliseconds; 10 s by default. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const SMTPS_PORT = 465

/** Mails notices as plain text, over TLS where the server offers it; throws what SMTP refused. */
export function createMailNotifier(options: MailOptions): NoticeSender {
  const { host, port, from, to, user, password, timeoutMs = TIMEOUT_MS } = options
  const transport = createTransport({
    host,
    port,
    secure: port === SMTPS_PORT,
    // A password goes nowhere without TLS.
    requireTLS: user !== undefined,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
  })
  return {
    name: 'mail',
    async notify(notice) {
      const { subject, body } = noticeInWords(notice)
      await transport.sendMail({ from, to: [...to], subject, text: body })
    },
    close: () => transport.close(),
  }
}
