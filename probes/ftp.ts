import type { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import { ftpCodes, ftpOptions, ftpsOptions, withFile } from './ftp-options.ts'
import { ask, fetchFile } from './ftp-transfer.ts'
import { makeLogin, subjectOf } from './line-options.ts'
import { converse, type Talk } from './talk.ts'

/**
 * Passes when the server greets, lets us in and has the file. Data connections go to the same
 * address only.
 */
export const ftp = defineCheck<z.infer<typeof ftpOptions>>({
  kind: 'ftp',
  summary:
    'Passes when the server greets with 220, logs us in (by default as anonymous) and, if asked, ' +
    'has a file, or hands it out over a passive connection.',
  options: withFile(ftpOptions),
  example: "{ type: ftp, port: 21, file: /pub/README, content: '^Welcome' }",
  codes: ftpCodes,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `ftp`, over TLS from the first byte; data connections are over TLS, too. */
export const ftps = defineCheck<z.infer<typeof ftpsOptions>>({
  kind: 'ftps',
  summary: 'As `ftp`, over TLS from the first byte, the data connection included.',
  options: withFile(ftpsOptions),
  example:
    '{ type: ftps, port: 990, sni: ftp.shop.example, user: probe, ' +
    'password: { file: /etc/lvs-warden/ftp.password } }',
  codes: ftpCodes,
  run: (target, options, context) => run(target, options, true, context),
})

type Options = z.infer<typeof ftpsOptions> & { starttls?: boolean }

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const { user, password } = makeLogin(options.user, options.password)
  const subject = subjectOf('ftp', target, options, { isTlsFirst, lastWords: 'QUIT\r\n' })
  return converse(subject, target, context, async (talk) => {
    const greeting = await greet(talk)
    if (options.starttls === true) {
      await ask(talk, 'AUTH TLS', '234', 'ftp.starttls')
      await talk.startTls()
    }
    const answer = await ask(talk, `USER ${user}`, '331|230', 'ftp.auth')
    if (!answer.startsWith('230')) {
      talk.send(`PASS ${password}\r\n`, password)
      const want = `230 for ${user}`
      await talk.expect('ftp', { pattern: /^230/, code: 'ftp.auth', want })
    }
    const { file, content } = options
    if (file === undefined) return greeting
    if (content !== undefined) return fetchFile(talk, file, content, subject.tls, context)
    await ask(talk, 'TYPE I', '200', 'ftp.type')
    // RFC 3659 section 4: the size is that of a transfer of the type that is set.
    return ask(talk, `SIZE ${file}`, '213', 'ftp.file')
  })
}

/** RFC 959 section 5.4: 120 says that the server will be ready soon. */
async function greet(talk: Talk): Promise<string> {
  const first = await talk.reply('ftp', '220')
  const greeting = first.startsWith('120') ? await talk.reply('ftp', '220') : first
  talk.demand(greeting, { pattern: /^220/, code: 'ftp.greeting', want: '220' })
  return greeting
}
