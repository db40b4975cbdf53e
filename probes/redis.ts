import type { BinaryConnection } from './binary-connection.ts'
import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { converse } from './converse.ts'
import { matches } from './pattern.ts'
import {
  type RedisOptions,
  type RedissOptions,
  redisOptions,
  redissOptions,
} from './redis-options.ts'
import { decodeReply, encodeCommand, type RedisReply } from './resp.ts'
import { MASK, readSecret } from './secret.ts'
import { printable, show } from './show.ts'
import { type TlsSettings, tlsSettings } from './tls-settings.ts'

/** Errors that say more than that the command was wrong. */
const ERRORS = [
  [/^(NOAUTH|WRONGPASS|NOPERM)\b/, 'redis.auth'],
  [/^LOADING\b/, 'redis.loading'],
  [/^MASTERDOWN\b/, 'redis.master-down'],
] as const

const codes = {
  'redis.garbage': 'What came is no reply of Redis.',
  'redis.auth': 'Password, user or right refused.',
  'redis.loading': 'It still reads its data.',
  'redis.master-down': 'A replica without its master, which serves no old data.',
  'redis.error': 'Another error in reply to the command.',
  'redis.reply': 'The reply is not what was expected.',
}

/** Passes when the server answers a command as expected, or, without a password, asks for one. */
export const redis = defineCheck<RedisOptions>({
  kind: 'redis',
  summary:
    'Passes when the server answers PING (or a command of yours) as expected; without a ' +
    'password, a server that asks for one passes, too.',
  options: redisOptions,
  example: '{ type: redis, password: { file: /run/secrets/redis }, command: [EXISTS, serving] }',
  codes,
  run: (target, settings, context) => run(target, undefined, settings, context),
})

/** The same over TLS from the first byte. */
export const rediss = defineCheck<RedissOptions>({
  kind: 'rediss',
  summary: 'The same as `redis`, over TLS from the first byte.',
  options: redissOptions,
  example: '{ type: rediss, sni: cache.shop.example }',
  codes,
  async run(target, settings, context) {
    const { sni, ca, insecure } = settings
    return run(target, tlsSettings(sni ?? target.address, ca, insecure), settings, context)
  },
})

async function run(
  target: Target,
  tls: TlsSettings | undefined,
  { user, password, command, expect }: RedisOptions,
  context: CheckContext,
): Promise<Outcome> {
  const secret = password === undefined ? undefined : readSecret(password)
  return converse(target, tls, 'redis', context, async (connection) => {
    if (secret !== undefined) {
      const names = ['AUTH', ...(user === undefined ? [] : [user])]
      const shown = [...names, MASK].join(' ')
      const login = await ask(connection, [...names, secret], shown, context)
      if (login.isError) return fail('protocol', 'redis.auth', `AUTH: got ${show(login.text)}`)
    }
    const reply = await ask(connection, command, command.join(' '), context)
    connection.close(encodeCommand(['QUIT']))
    return judge(reply, command, expect, secret !== undefined)
  })
}

function judge(
  { text, isError }: RedisReply,
  command: readonly string[],
  expect: string | undefined,
  isLoggedIn: boolean,
): Outcome {
  const isPing = command.length === 1 && command[0]?.toUpperCase() === 'PING'
  if (!isLoggedIn && isPing && expect === undefined && /^NOAUTH\b/.test(text)) {
    return pass('asks for a password')
  }
  const asked = show(command.join(' '), 60)
  if (isError) {
    const code = ERRORS.find(([start]) => start.test(text))?.[1] ?? 'redis.error'
    return fail('protocol', code, `${asked}: got ${show(text)}`)
  }
  const want = expect ?? (isPing ? '^PONG$' : '')
  if (matches(want, text)) return pass(`${asked}: ${show(text)}`)
  return fail('content', 'redis.reply', `${asked}: want /${want}/, got ${show(text)}`)
}

async function ask(
  connection: BinaryConnection,
  words: readonly string[],
  shown: string,
  { transcript }: CheckContext,
): Promise<RedisReply> {
  transcript?.sent(printable(shown))
  connection.write(encodeCommand(words))
  const measure = (bytes: Buffer): number | undefined => decodeReply(bytes)?.length
  const reply = decodeReply(await connection.read(measure, `reply to ${words[0]}`))
  if (reply === undefined) throw new TypeError('a whole reply is whole')
  transcript?.received(printable(reply.isError ? `-${reply.text}` : reply.text))
  return reply
}
