import { defineCheck, fail, type Outcome, pass } from './check.ts'
import { converse } from './converse.ts'
import { clientMessage, decodeError, type PostgresMessage } from './postgres-message.ts'
import { PostgresSession } from './postgres-session.ts'
import { readSecret } from './secret.ts'
import { show } from './show.ts'
import { judgeRows, type SqlOptions, sqlOptions } from './sql-options.ts'
import { tlsSettings } from './tls-settings.ts'

/** User of the startup message when nobody logs in. */
const NOBODY = 'lvs_warden'

/**
 * Passes when the server gets as far as asking who we are or, with `user`, logs us in and answers
 * the query.
 */
export const postgres = defineCheck<SqlOptions>({
  kind: 'postgres',
  summary:
    'Passes when the server asks for a login or refuses one; with `user`, when it logs in ' +
    '(trust, password, md5 or SCRAM-SHA-256) and answers `query` as expected.',
  options: sqlOptions,
  example:
    '{ type: postgres, port: 5432, user: probe, password: { file: /run/secrets/probe }, ' +
    "database: shop, query: 'SELECT pg_is_in_recovery()', expect: ^f$ }",
  codes: {
    'postgres.garbage': 'What came is no message of PostgreSQL.',
    'postgres.starttls': 'It does not go over to TLS.',
    'postgres.error': 'It takes no connections: it starts, stops or has too many.',
    'postgres.auth': 'The login was refused, or is of a kind that is not known here.',
    'postgres.query': 'The statement failed.',
    'postgres.rows': 'The rows are not those that are wanted.',
  },
  async run(target, options, context) {
    const { user = NOBODY, password, database, query, starttls, sni, ca, insecure } = options
    const secret = password === undefined ? '' : readSecret(password)
    const tls = starttls ? tlsSettings(sni ?? target.address, ca, insecure) : undefined
    return converse(target, undefined, 'postgres', context, async (connection) => {
      const session = new PostgresSession(connection, context.transcript)
      if (tls !== undefined) {
        if (!(await session.wantsTls())) {
          return fail('protocol', 'postgres.starttls', 'want TLS, got N: it does none')
        }
        await connection.startTls(tls)
      }
      const first = await session.start({ user, ...(database !== undefined && { database }) })
      if (options.user === undefined) return judgeGreeting(first)
      await session.logIn(first, user, secret)
      await session.untilReady('postgres.error')
      const rows = query === undefined ? undefined : await session.query(query)
      context.transcript?.sent('Terminate')
      connection.close(clientMessage('X'))
      return rows === undefined
        ? pass(`logged in as ${user}`)
        : judgeRows('postgres', rows, options)
    })
  },
})

/**
 * A server that wants a login or refuses ours (SQLSTATE class 28, or 3D000: no such database) does
 * its work; one that starts, stops or is full (57P03, 53300) does not.
 */
function judgeGreeting({ type, body }: PostgresMessage): Outcome {
  if (type === 'R') return pass('asks who we are')
  const { code, text } = decodeError(body)
  if (code.startsWith('28') || code === '3D000') return pass(`knows us not: ${show(text)}`)
  return fail('protocol', 'postgres.error', `want a login, got ${show(text)}`)
}
