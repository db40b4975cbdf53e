import { z } from 'zod'
import { inconclusive, type Target } from './check.ts'
import { CheckError } from './network-error.ts'
import { passwordOption, readSecret, type Secret } from './secret.ts'
import type { Subject } from './talk.ts'
import { tlsSettings } from './tls-settings.ts'

/** A text that fits in one command: a line end would be the start of another. */
export const lineOption = z.string().regex(/^[^\r\n\0]*$/, 'want a text on one line')

/** Options of checks that can log in; both or neither, which `withLogin` sees to. */
export const loginOptions = {
  user: lineOption.min(1).optional().describe('Account to log in with; needs `password`.'),
  password: passwordOption,
}

/** The same options, refused when they name a user without a password or the reverse. */
export function withLogin<Options extends WrittenLogin>(
  schema: z.ZodType<Options>,
): z.ZodType<Options> {
  return schema.superRefine(({ user, password }, context) => {
    if ((user === undefined) === (password === undefined)) return
    const missing = user === undefined ? 'user' : 'password'
    context.addIssue({ code: 'custom', path: [missing], message: 'want both user and password' })
  })
}

/** A login as options say it. */
export interface WrittenLogin {
  readonly user?: string | undefined
  readonly password?: Secret | undefined
}

/** `starttls` of protocols that can go over to TLS. */
export const starttlsOption = z
  .boolean()
  .default(false)
  .describe('Go over to TLS before anything else; a server that does not is a failure.')

/** `lineEnd` of checks that send a text of the user's. */
export const lineEndOption = z
  .enum(['crlf', 'lf', 'none'])
  .default('crlf')
  .describe('Put after a text that is sent and does not end in a line feed.')

/** What the words of `lineEnd` stand for. */
export const LINE_ENDS = { crlf: '\r\n', lf: '\n', none: '' } as const

/** A name and a password, ready to be sent. */
export interface Login {
  readonly user: string
  readonly password: string
}

/**
 * The account's name and its password, which is read now; `undefined` when nobody logs in.
 *
 * @throws CheckError `local.secret` when the password is not to be had or has several lines.
 */
export function readLogin({ user, password }: WrittenLogin): Login | undefined {
  return user === undefined || password === undefined ? undefined : makeLogin(user, password)
}

/**
 * A name and the password that belongs to it, which is read now.
 *
 * @throws CheckError `local.secret` when the password is not to be had or has several lines.
 */
export function makeLogin(user: string, password: Secret): Login {
  const text = readSecret(password)
  if (!/[\r\n\0]/.test(text)) return { user, password: text }
  const detail = `the password of ${user} has a line end in it; want one line`
  throw new CheckError(inconclusive('local.secret', detail))
}

/** TLS as options say it. */
export interface WrittenTls {
  readonly starttls?: boolean
  readonly sni?: string | undefined
  readonly ca?: string | undefined
  readonly insecure?: boolean
}

/**
 * What a conversation is about, with its TLS settings where it has TLS, from the start or by
 * `starttls`.
 *
 * @throws CheckError `local.ca` when the authorities' file cannot be read or parsed.
 */
export function subjectOf(
  name: string,
  target: Target,
  { sni, ca, insecure = false, starttls = false }: WrittenTls,
  { isTlsFirst = false, ...subject }: Omit<Subject, 'name' | 'tls'> = {},
): Subject {
  if (!isTlsFirst && !starttls) return { ...subject, name }
  return { ...subject, name, isTlsFirst, tls: tlsSettings(sni ?? target.address, ca, insecure) }
}
