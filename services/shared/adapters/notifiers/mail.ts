import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SettingsOf } from '../../domain/channel.ts'
import type { Notifier, NotifierDeps, SendResult } from '../../ports/notifier.ts'
import { hideSecrets } from './hide-secrets.ts'
import { mailOf } from './mail-message.ts'
import { readSecrets } from './read-secrets.ts'
import { shorten } from './shorten.ts'
import { DeadlineError, withinDeadline } from './within-deadline.ts'

const SMTP = 25
const SMTPS = 465
const MAX_REASON = 200

interface Login {
  readonly user: string
  readonly password: string
}

/**
 * Mails plain text and HTML by SMTP. TLS is used where the server offers it; with a log-in it is
 * demanded, and the certificate must be good. One connection a mail, ended at the deadline
 * whatever the server does.
 */
export function openMail(settings: SettingsOf<'mail'>, deps: NotifierDeps): Notifier {
  const { user, password: source, timeoutMs } = settings
  const { clock } = deps
  return {
    isIdempotent: false,
    async send(notification, signal) {
      const read = readSecrets(deps, { ...(source && { password: source }) })
      if ('failed' in read) return read.failed
      const { password } = read.ok
      const login = user === undefined ? undefined : { user, password: password ?? '' }
      const message = mailOf(notification, settings)
      try {
        const raw = await new MailComposer(message).compile().build()
        return await withinDeadline({ clock, timeoutMs, signal }, (ending) =>
          deliver(settings, { raw, login, signal: ending }),
        )
      } catch (error) {
        return failure(error, password === undefined ? [] : [password])
      }
    },
    close: () => undefined,
  }
}

async function deliver(
  { server, from, to }: SettingsOf<'mail'>,
  { raw, login, signal }: { raw: Buffer; login: Login | undefined; signal: AbortSignal },
): Promise<SendResult> {
  const { host, port } = placeOf(server)
  const connection = new SMTPConnection({
    host,
    port,
    secure: port === SMTPS,
    requireTLS: login !== undefined,
    // Without a log-in TLS is better than none, whoever signed the certificate (RFC 7435).
    tls: { rejectUnauthorized: login !== undefined },
    // The deadline is ours.
    ...{ connectionTimeout: 0x7fff_ffff, greetingTimeout: 0x7fff_ffff },
    ...{ socketTimeout: 0x7fff_ffff, dnsTimeout: 0x7fff_ffff },
  })
  try {
    return await new Promise<SendResult>((resolve, reject) => {
      const abort = () => reject(signal.reason)
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      connection.on('error', reject)
      connection.on('end', () => reject(new Error('the server broke the connection off')))
      converse(connection, { from, to, raw, login }).then(resolve, reject)
    })
  } finally {
    connection.on('error', () => undefined)
    connection.close()
  }
}

async function converse(
  connection: SMTPConnection,
  mail: { from: string; to: readonly string[]; raw: Buffer; login: Login | undefined },
): Promise<SendResult> {
  const { from, to, raw, login } = mail
  await new Promise<void>((resolve, reject) =>
    connection.connect((error) => (error ? reject(error) : resolve())),
  )
  if (login !== undefined) {
    const credentials = { user: login.user, pass: login.password }
    await new Promise<void>((resolve, reject) =>
      connection.login(credentials, (error) => (error ? reject(error) : resolve())),
    )
  }
  const info = await new Promise<SMTPConnection.SentMessageInfo>((resolve, reject) =>
    connection.send({ from, to: [...to] }, raw, (error, sent) =>
      error ? reject(error) : resolve(sent),
    ),
  )
  connection.quit()
  if (info.rejected.length === 0) return { outcome: 'delivered' }
  return { outcome: 'delivered', remark: `the server refused ${info.rejected.join(', ')}` }
}

function placeOf(server: string): { readonly host: string; readonly port: number } {
  const [, v6, name = server, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? []
  return { host: v6 ?? name, port: Number(port ?? SMTP) }
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the server broke the connection off',
  EDNS: 'there is no host of that name',
  ENOTFOUND: 'there is no host of that name',
}

/** 5yz is final, 4yz may pass (RFC 5321 section 4.2.1). */
function failure(error: unknown, secrets: readonly string[]): SendResult {
  if (error instanceof DeadlineError) {
    return { outcome: 'failed', reason: error.message, isPermanent: false }
  }
  const { code, responseCode, response, message } = error as SMTPConnection.SMTPError
  const said = shorten(hideSecrets(response ?? message, secrets), MAX_REASON)
  if (responseCode !== undefined && responseCode >= 400) {
    const advice = responseCode === 535 ? ' (is the password right?)' : ''
    const reason = `the mail server answered: ${said}${advice}`
    return { outcome: 'failed', reason, isPermanent: responseCode >= 500 }
  }
  const words = NETWORK[code ?? ''] ?? said
  const reason = `the mail server cannot be used: ${words}${code === undefined ? '' : ` (${code})`}`
  return { outcome: 'failed', reason, isPermanent: false }
}
