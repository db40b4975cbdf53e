import type { Login } from './line-options.ts'
import type { Demand, Talk } from './talk.ts'

/**
 * Logs in over SMTP with PLAIN (RFC 4616) or LOGIN, which was never standardised; the offer is the
 * answer to EHLO.
 *
 * @throws CheckError `smtp.auth` when the server offers neither or refuses.
 */
export async function logInToSmtp(
  talk: Talk,
  { user, password }: Login,
  mechanism: 'auto' | 'plain' | 'login',
  offer: string,
): Promise<void> {
  const offered = (/^250[ -]AUTH[ =](.*)$/im.exec(offer)?.[1] ?? '').toUpperCase().split(' ')
  const wanted = mechanism === 'auto' ? ['PLAIN', 'LOGIN'] : [mechanism.toUpperCase()]
  const chosen = wanted.find((name) => offered.includes(name))
  if (chosen === undefined) {
    const got = offered.join(' ') || 'none'
    throw talk.failure('auth', `want AUTH ${wanted.join(' or ')} to be offered, got ${got}`)
  }
  if (chosen === 'PLAIN') {
    const proof = base64(`\0${user}\0${password}`)
    talk.send(`AUTH PLAIN ${proof}\r\n`, proof)
  } else {
    talk.send('AUTH LOGIN\r\n')
    await talk.expect('smtp', CONTINUE)
    talk.send(`${base64(user)}\r\n`)
    await talk.expect('smtp', CONTINUE)
    talk.send(`${base64(password)}\r\n`, base64(password))
  }
  await talk.expect('smtp', { pattern: /^235/, code: 'smtp.auth', want: `235 for ${user}` })
}

const CONTINUE: Demand = { pattern: /^334/, code: 'smtp.auth', want: '334' }

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
