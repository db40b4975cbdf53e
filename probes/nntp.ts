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

const nntpsOptions = z.strictObject({
  reader: z
    .boolean()
    .default(false)
    .describe('Ask for the part of the server that serves readers (MODE READER).'),
  date: z.boolean().default(false).describe("Ask for the server's time (DATE)."),
  group: lineOption
    .regex(/^\S+$/, 'want the name of a newsgroup')
    .optional()
    .describe('Newsgroup that the server must have (GROUP); most servers want `reader`, too.'),
  ...loginOptions,
  ...tlsOptions,
})

const nntpOptions = nntpsOptions.extend({ starttls: starttlsOption })

const CODES = {
  'nntp.greeting': 'The greeting is neither 200 nor 201.',
  'nntp.starttls': 'STARTTLS was not answered with 382.',
  'nntp.reader': 'MODE READER was answered with neither 200 nor 201.',
  'nntp.auth': 'AUTHINFO: the login was refused.',
  'nntp.date': 'DATE was not answered with 111.',
  'nntp.group': 'GROUP was not answered with 211: there is no such newsgroup.',
}

/** Passes when the server greets with 200 or 201 and answers what else is asked. Posts nothing. */
export const nntp = defineCheck<z.infer<typeof nntpOptions>>({
  kind: 'nntp',
  summary:
    'Passes when the server greets with 200 or 201 and answers MODE READER, DATE and GROUP, ' +
    'where asked for.',
  options: withLogin(nntpOptions),
  example: '{ type: nntp, port: 119, reader: true, group: shop.announce }',
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `nntp`, over TLS from the first byte. */
export const nntps = defineCheck<z.infer<typeof nntpsOptions>>({
  kind: 'nntps',
  summary: 'As `nntp`, over TLS from the first byte.',
  options: withLogin(nntpsOptions),
  example: '{ type: nntps, port: 563, sni: news.shop.example, reader: true, date: true }',
  codes: CODES,
  run: (target, options, context) => run(target, options, true, context),
})

type Options = z.infer<typeof nntpsOptions> & { starttls?: boolean }

/** RFC 3977 sections 5.1, 5.3, 6.1.1 and 7.1; RFC 4642 (STARTTLS); RFC 4643 (AUTHINFO). */
async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const login = readLogin(options)
  const subject = subjectOf('nntp', target, options, { isTlsFirst, lastWords: 'QUIT\r\n' })
  return converse(subject, target, context, async (talk) => {
    let last = await talk.expect('line', {
      pattern: /^20[01]\b/,
      code: 'nntp.greeting',
      want: '200 or 201',
    })
    if (options.starttls === true) {
      await ask(talk, 'STARTTLS', '382', 'nntp.starttls')
      await talk.startTls()
    }
    if (options.reader) last = await ask(talk, 'MODE READER', '200|201', 'nntp.reader')
    if (login !== undefined) {
      const { user, password } = login
      const answer = await ask(talk, `AUTHINFO USER ${user}`, '381|281', 'nntp.auth')
      if (!answer.startsWith('281')) {
        await ask(talk, `AUTHINFO PASS ${password}`, '281', 'nntp.auth', password)
      }
    }
    if (options.date) last = await ask(talk, 'DATE', '111', 'nntp.date')
    if (options.group === undefined) return last
    return ask(talk, `GROUP ${options.group}`, '211', 'nntp.group')
  })
}

function ask(
  talk: Talk,
  command: string,
  want: string,
  code: string,
  ...secrets: readonly string[]
): Promise<string> {
  talk.send(`${command}\r\n`, ...secrets)
  return talk.expect('line', { pattern: new RegExp(`^(${want})\\b`), code, want })
}
