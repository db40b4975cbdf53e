import { z } from 'zod'
import { loginOptions, starttlsOption } from './line-options.ts'
import { tlsOptions } from './tls-settings.ts'

const mailbox = z.string().regex(/^[^\s<>\p{Cc}]*$/u, 'want a mail address without < and >')

/** Options of `smtps`, which the two others have, too. */
export const smtpsOptions = z.strictObject({
  helo: z
    .string()
    .regex(/^[\w.:[\]-]{1,255}$/, 'want a host name or an address literal')
    .default('lvs-warden.invalid')
    .describe('Name we greet with in EHLO (HELO, where the server does not know EHLO).'),
  ...loginOptions,
  mechanism: z
    .enum(['auto', 'plain', 'login'])
    .default('auto')
    .describe('How to log in; `auto`: PLAIN where the server offers it, else LOGIN.'),
  mail: z
    .strictObject({
      from: mailbox.default('').describe('Sender (MAIL FROM); empty: the null sender.'),
      to: mailbox.optional().describe('Recipient (RCPT TO) that the server must take.'),
    })
    .optional()
    .describe('Begin a mail, which is taken back (RSET) before there is anything to send.'),
  ...tlsOptions,
})

/** Options of `smtp`. */
export const smtpOptions = smtpsOptions.extend({ starttls: starttlsOption })

/** Options of `submission`. */
export const submissionOptions = smtpsOptions.extend({
  starttls: starttlsOption.default(true),
  requireAuth: z
    .boolean()
    .default(true)
    .describe('The server must offer AUTH (after STARTTLS, where that is used).'),
})

/** What can be wrong with a mail server. */
export const smtpCodes = {
  'smtp.greeting': 'The greeting is not 220.',
  'smtp.ehlo': 'EHLO was not answered with 250 (`submission`).',
  'smtp.helo': 'Neither EHLO nor HELO was answered with 250.',
  'smtp.starttls': 'STARTTLS was not answered with 220.',
  'smtp.auth': 'No fitting AUTH is offered, or the login was refused.',
  'smtp.mail': 'MAIL FROM was not answered with 250.',
  'smtp.rcpt': 'RCPT TO was not answered with 250 or 251.',
  'smtp.rset': 'RSET was not answered with 250.',
}
