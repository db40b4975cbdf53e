import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import {
  type Login,
  loginOptions,
  readLogin,
  starttlsOption,
  subjectOf,
  withLogin,
} from './line-options.ts'
import { converse, type Demand, type Talk } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

const pop3sOptions = z.strictObject({
  ...loginOptions,
  apop: z
    .boolean()
    .default(false)
    .describe('Log in with APOP, which sends a digest (MD5) of the password in its place.'),
  ...tlsOptions,
})

const pop3Options = pop3sOptions.extend({ starttls: starttlsOption })

const CODES = {
  'pop3.greeting': 'The greeting is not +OK.',
  'pop3.capa': 'CAPA was answered with neither +OK nor -ERR.',
  'pop3.stls': 'STLS was not answered with +OK.',
  'pop3.apop': 'APOP was asked for, and the greeting has no timestamp.',
  'pop3.auth': 'The login was refused.',
  'pop3.stat': 'STAT was not answered with two numbers: the mailbox cannot be read.',
}

/** Passes when the server greets with +OK and answers CAPA or, with a login, STAT. */
export const pop3 = defineCheck<z.infer<typeof pop3Options>>({
  kind: 'pop3',
  summary:
    'Passes when the server greets with +OK and answers CAPA; with `user` and `password`, when ' +
    'it logs in and answers STAT.',
  options: withLogin(pop3Options),
  example: '{ type: pop3, port: 110, starttls: true, sni: pop.shop.example }',
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `pop3`, over TLS from the first byte (RFC 8314). */
export const pop3s = defineCheck<z.infer<typeof pop3sOptions>>({
  kind: 'pop3s',
  summary: 'As `pop3`, over TLS from the first byte.',
  options: withLogin(pop3sOptions),
  example:
    '{ type: pop3s, port: 995, sni: pop.shop.example, user: probe, ' +
    'password: { file: /etc/lvs-warden/mail.password } }',
  codes: CODES,
  run: (target, options, context) => run(target, options, true, context),
})

type Options = z.infer<typeof pop3sOptions> & { starttls?: boolean }

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const login = readLogin(options)
  const subject = subjectOf('pop3', target, options, { isTlsFirst, lastWords: 'QUIT\r\n' })
  return converse(subject, target, context, async (talk) => {
    const greeting = await talk.expect('line', ok('pop3.greeting'))
    if (options.starttls === true) {
      talk.send('STLS\r\n')
      await talk.expect('line', ok('pop3.stls'))
      await talk.startTls()
    }
    if (login !== undefined) return logIn(talk, login, options.apop ? greeting : undefined)
    // A server without CAPA (RFC 2449 section 5) says -ERR, and lives.
    talk.send('CAPA\r\n')
    await talk.expect('pop3', { pattern: /^(\+OK|-ERR)/, code: 'pop3.capa', want: '+OK or -ERR' })
    return greeting
  })
}

/** RFC 1939 sections 5, 7 (USER, PASS, APOP) and 5 (STAT); `greeting` asks for APOP. */
async function logIn(
  talk: Talk,
  { user, password }: Login,
  greeting: string | undefined,
): Promise<string> {
  if (greeting === undefined) {
    talk.send(`USER ${user}\r\n`)
    await talk.expect('line', ok('pop3.auth'))
    talk.send(`PASS ${password}\r\n`, password)
  } else {
    const timestamp = /<[^>]+>/.exec(greeting)?.[0]
    if (timestamp === undefined) throw talk.failure('apop', `want a <timestamp>, got ${greeting}`)
    const digest = createHash('md5').update(timestamp, 'latin1').update(password).digest('hex')
    talk.send(`APOP ${user} ${digest}\r\n`, digest)
  }
  await talk.expect('line', ok('pop3.auth', `+OK for ${user}`))
  talk.send('STAT\r\n')
  const want = '+OK and two numbers'
  return talk.expect('line', { pattern: /^\+OK \d+ \d+/, code: 'pop3.stat', want })
}

function ok(code: string, want = '+OK'): Demand {
  return { pattern: /^\+OK/, code, want }
}
