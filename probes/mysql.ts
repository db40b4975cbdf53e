import { defineCheck, pass } from './check.ts'
import { converse } from './converse.ts'
import { queryRows } from './mysql-query.ts'
import { MysqlSession } from './mysql-session.ts'
import { readSecret } from './secret.ts'
import { show } from './show.ts'
import { judgeRows, type SqlOptions, sqlOptions } from './sql-options.ts'
import { tlsSettings } from './tls-settings.ts'

/**
 * Passes when the server greets with protocol 10 or, with `user`, logs us in and answers the query.
 * Without a user the server counts a connection that was given up, and blocks hosts with too many
 * in a row (`max_connect_errors`).
 */
export const mysql = defineCheck<SqlOptions>({
  kind: 'mysql',
  summary:
    'Passes when the server greets; with `user`, when it logs in (mysql_native_password or ' +
    'caching_sha2_password) and answers `query` as expected. Without a user the server may block ' +
    'this host after `max_connect_errors` greetings.',
  options: sqlOptions,
  example:
    '{ type: mysql, port: 3306, user: probe, password: { file: /run/secrets/probe }, ' +
    "query: 'SELECT @@read_only', expect: ^0$ }",
  codes: {
    'mysql.garbage': 'What came is no packet of MySQL.',
    'mysql.error': 'An error in place of the greeting: it is full, or blocks this host.',
    'mysql.starttls': 'It does no TLS.',
    'mysql.auth': 'The login was refused, or is of a kind that is not known here.',
    'mysql.query': 'The statement failed.',
    'mysql.rows': 'The rows are not those that are wanted.',
  },
  async run(target, options, context) {
    const { user, password, database, query, starttls, sni, ca, insecure } = options
    const secret = password === undefined ? '' : readSecret(password)
    const tls = starttls ? tlsSettings(sni ?? target.address, ca, insecure) : undefined
    return converse(target, undefined, 'mysql', context, async (connection) => {
      const session = new MysqlSession(connection, context.transcript)
      const greeting = await session.greeting()
      if (tls !== undefined) await session.startTls(greeting, database, tls)
      if (user === undefined) return pass(show(greeting.version))
      await session.logIn(greeting, { user, password: secret, database })
      const rows = query === undefined ? undefined : await queryRows(session, query)
      connection.close(session.goodbye())
      return rows === undefined ? pass(show(greeting.version)) : judgeRows('mysql', rows, options)
    })
  },
})
