import { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import {
  lineOption,
  loginOptions,
  readLogin,
  starttlsOption,
  subjectOf,
  withLogin,
} from './line-options.ts'
import { converse, type Talk } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

const imapsOptions = z.strictObject({
  ...loginOptions,
  mailbox: lineOption
    .min(1)
    .optional()
    .describe('Mailbox to open after the login, read-only (EXAMINE): INBOX.'),
  ...tlsOptions,
})

const imapOptions = imapsOptions.extend({ starttls: starttlsOption })

/** One command is under way at a time, so one tag does for all. */
const TAG = 'lvs'

const CODES = {
  'imap.greeting': 'The greeting is neither * OK nor * PREAUTH.',
  'imap.capability': 'CAPABILITY was not answered with OK.',
  'imap.starttls': 'STARTTLS was not answered with OK.',
  'imap.auth': 'The login was refused.',
  'imap.mailbox': 'The mailbox cannot be opened.',
}

/**
 * Passes when the server greets with OK and answers CAPABILITY or, with a login, LOGIN and EXAMINE.
 */
export const imap = defineCheck<z.infer<typeof imapOptions>>({
  kind: 'imap',
  summary:
    'Passes when the server greets with OK and answers CAPABILITY; with `user` and `password`, ' +
    'when it logs in and opens `mailbox`.',
  options: withLogin(imapOptions),
  example: '{ type: imap, port: 143, starttls: true, sni: imap.shop.example }',
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `imap`, over TLS from the first byte (RFC 8314). */
export const imaps = defineCheck<z.infer<typeof imapsOptions>>({
  kind: 'imaps',
  summary: 'As `imap`, over TLS from the first byte.',
  options: withLogin(imapsOptions),
  example:
    '{ type: imaps, port: 993, sni: imap.shop.example, user: probe, ' +
    'password: { env: MAIL_PASSWORD }, mailbox: INBOX }',
  codes: CODES,
  run: (target, options, context) => run(target, options, true, context),
})

type Options = z.infer<typeof imapsOptions> & { starttls?: boolean }

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const login = readLogin(options)
  const subject = subjectOf('imap', target, options, { isTlsFirst, lastWords: `${TAG} LOGOUT\r\n` })
  return converse(subject, target, context, async (talk) => {
    const hello = { pattern: /^\* (OK|PREAUTH)\b/i, code: 'imap.greeting', want: '* OK' }
    const greeting = await talk.expect('line', hello)
    if (options.starttls === true) {
      await command(talk, 'STARTTLS', [], 'imap.starttls')
      await talk.startTls()
    }
    if (login === undefined) {
      await command(talk, 'CAPABILITY', [], 'imap.capability')
      return greeting
    }
    const { user, password } = login
    const answer = await command(talk, 'LOGIN', [user, password], 'imap.auth', password)
    if (options.mailbox === undefined) return answer
    // SELECT would take the mark "recent" from new mail (RFC 3501 section 6.3.2).
    return command(talk, 'EXAMINE', [options.mailbox], 'imap.mailbox')
  })
}

/** Says one command and demands OK of its last answer; returns that. */
async function command(
  talk: Talk,
  verb: string,
  words: readonly string[],
  code: string,
  ...secrets: readonly string[]
): Promise<string> {
  let line = `${TAG} ${verb}`
  for (const word of words) {
    // A quoted string is printable ASCII, all else is a literal (RFC 3501 section 4.3).
    if (/^[\x20-\x7e]*$/.test(word)) line += ` "${quoted(word)}"`
    else {
      talk.send(`${line} {${Buffer.byteLength(word)}}\r\n`, ...secrets)
      await talk.expect('imap', { pattern: /^\+/, code, want: '+' })
      line = word
    }
  }
  talk.send(`${line}\r\n`, ...secrets, ...secrets.map(quoted))
  const reply = await talk.reply('imap', `${TAG} OK`)
  const last = reply.slice(reply.lastIndexOf('\n') + 1)
  talk.demand(last, { pattern: new RegExp(`^${TAG} OK\\b`, 'i'), code, want: `${verb} OK` })
  return last
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}
