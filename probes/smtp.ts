import type { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import { readLogin, subjectOf, withLogin } from './line-options.ts'
import { logInToSmtp } from './smtp-auth.ts'
import { smtpCodes, smtpOptions, smtpsOptions, submissionOptions } from './smtp-options.ts'
import { converse, type Demand, type Talk } from './talk.ts'

/** Passes when the server greets with 220 and answers EHLO, else HELO, with 250. Sends no mail. */
export const smtp = defineCheck<z.infer<typeof smtpOptions>>({
  kind: 'smtp',
  summary:
    'Passes when the server greets with 220 and answers EHLO or HELO with 250, and STARTTLS, ' +
    'AUTH, MAIL and RCPT, where asked for; sends no mail.',
  options: withLogin(smtpOptions),
  example:
    '{ type: smtp, port: 25, starttls: true, sni: mx.shop.example, mail: { to: postmaster } }',
  codes: smtpCodes,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `smtp`, over TLS from the first byte (RFC 8314). */
export const smtps = defineCheck<z.infer<typeof smtpsOptions>>({
  kind: 'smtps',
  summary: 'As `smtp`, over TLS from the first byte.',
  options: withLogin(smtpsOptions),
  example: '{ type: smtps, port: 465, sni: mail.shop.example }',
  codes: smtpCodes,
  run: (target, options, context) => run(target, options, true, context),
})

/**
 * As `smtp` for mail clients' port 587 (RFC 6409): EHLO, STARTTLS and an offer of AUTH are
 * required.
 */
export const submission = defineCheck<z.infer<typeof submissionOptions>>({
  kind: 'submission',
  summary: 'As `smtp`, for the port of mail clients: EHLO, STARTTLS and AUTH are required.',
  options: withLogin(submissionOptions),
  example:
    '{ type: submission, port: 587, sni: mail.shop.example, user: probe, ' +
    'password: { file: /etc/lvs-warden/mail.password } }',
  codes: smtpCodes,
  run: (target, options, context) => run(target, options, false, context),
})

/** Options of the three; those that a kind has not got are absent. */
type Options = z.infer<typeof smtpsOptions> & { starttls?: boolean; requireAuth?: boolean }

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const login = readLogin(options)
  const subject = subjectOf('smtp', target, options, { isTlsFirst, lastWords: 'QUIT\r\n' })
  return converse(subject, target, context, async (talk) => {
    const greeting = await talk.expect('smtp', code('220', 'smtp.greeting'))
    let offer = await hello(talk, options)
    if (options.starttls === true) {
      await say(talk, 'STARTTLS', code('220', 'smtp.starttls'))
      await talk.startTls()
      // What was offered in the clear does not count (RFC 3207 section 4.2).
      offer = await hello(talk, options)
    }
    if (options.requireAuth === true && !/^250[ -]AUTH\b/im.test(offer)) {
      throw talk.failure('auth', `want an offer of AUTH, got ${offer.replaceAll('\n', ' | ')}`)
    }
    if (login !== undefined) await logInToSmtp(talk, login, options.mechanism, offer)
    if (options.mail !== undefined) await beginMail(talk, options.mail)
    return greeting
  })
}

/** RFC 5321 sections 3.2 and 4.1.1.1: an old server refuses EHLO and may take HELO. */
async function hello(talk: Talk, { helo, requireAuth }: Options): Promise<string> {
  talk.send(`EHLO ${helo}\r\n`)
  const offer = await talk.reply('smtp', '250')
  if (code('250', '').pattern.test(offer)) return offer
  if (requireAuth !== undefined) talk.demand(offer, code('250', 'smtp.ehlo'))
  return say(talk, `HELO ${helo}`, code('250', 'smtp.helo'))
}

/** RFC 5321 section 3.3; RSET (4.1.1.5) forgets the sender and the recipient. */
async function beginMail(talk: Talk, { from, to }: NonNullable<Options['mail']>): Promise<void> {
  await say(talk, `MAIL FROM:<${from}>`, code('250', 'smtp.mail'))
  if (to !== undefined) await say(talk, `RCPT TO:<${to}>`, code('25[01]', 'smtp.rcpt', '250'))
  await say(talk, 'RSET', code('250', 'smtp.rset'))
}

function say(talk: Talk, command: string, demand: Demand): Promise<string> {
  talk.send(`${command}\r\n`)
  return talk.expect('smtp', demand)
}

function code(digits: string, failure: string, want = digits): Demand {
  return { pattern: new RegExp(`^${digits}(?:[ -]|$)`), code: failure, want }
}
