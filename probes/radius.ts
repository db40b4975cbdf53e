import { randomBytes, randomInt } from 'node:crypto'
import { z } from 'zod'
import {
  type CheckContext,
  defineCheck,
  fail,
  inconclusive,
  type Outcome,
  pass,
  type Target,
} from './check.ts'
import { exchangeDatagrams } from './datagram.ts'
import { failOnGarbage } from './malformed-message.ts'
import { decodeResponse, encodeAccessRequest, type RadiusRequest } from './radius-packet.ts'
import { MASK, readSecret, secretOption } from './secret.ts'
import { printable, show } from './show.ts'

/** Bytes of User-Name and of User-Password (RFC 2865 sections 5.1 and 5.2). */
const USER_LIMIT = 253
const PASSWORD_LIMIT = 128

const options = z.strictObject({
  secret: secretOption.describe(
    'Secret shared with this prober: the text, or `{ file: PATH }` or `{ env: NAME }`.',
  ),
  user: z.string().min(1).max(USER_LIMIT).default('lvs-warden').describe('User to ask about.'),
  password: secretOption
    .default('lvs-warden')
    .describe('Password of the user: the text, `{ file: PATH }` or `{ env: NAME }`.'),
  expect: z
    .enum(['accept', 'reject', 'any'])
    .default('accept')
    .describe('Answer that passes; with `any` a reject or a challenge shows a server that works.'),
})

type RadiusOptions = z.infer<typeof options>

/**
 * Passes when the server answers an Access-Request (PAP) as expected and proves that it knows the
 * secret.
 */
export const radius = defineCheck<RadiusOptions>({
  kind: 'radius',
  summary:
    'Passes when the server answers an Access-Request (PAP, with Message-Authenticator) as ' +
    'expected and proves that it knows the secret.',
  options,
  example:
    '{ type: radius, port: 1812, secret: { file: /run/secrets/radius }, user: probe, ' +
    'password: { file: /run/secrets/probe }, expect: any }',
  codes: {
    'radius.timeout': 'No answer; a server that does not know us or our secret gives none.',
    'radius.garbage': 'What came is no RADIUS packet.',
    'radius.authenticator': 'Who answered does not know the secret.',
    'radius.reject': 'It refused the user.',
    'radius.answer': 'It answered something else than what is expected.',
  },
  withoutTcp: true,
  async run(target, settings, context) {
    const secret = readSecret(settings.secret)
    const password = readSecret(settings.password)
    for (const [text, limit] of [
      [settings.user, USER_LIMIT],
      [password, PASSWORD_LIMIT],
    ] as const) {
      if (Buffer.byteLength(text) <= limit) continue
      return inconclusive('local.secret', `a name or password of more than ${limit} bytes`)
    }
    const request = { id: randomInt(256), authenticator: randomBytes(16), secret }
    return failOnGarbage(target, 'radius', () => ask(target, request, password, settings, context))
  },
})

async function ask(
  target: Target,
  request: RadiusRequest,
  password: string,
  { user, expect }: RadiusOptions,
  context: CheckContext,
): Promise<Outcome> {
  const exchange = {
    name: 'radius',
    request: encodeAccessRequest(request, user, password),
    waitsFor: 'answer',
    shown: printable(`Access-Request User-Name=${user} User-Password=${MASK}`),
    showAnswer: (datagram: Buffer) => `(${datagram.length} bytes)`,
    read: (datagram: Buffer) =>
      datagram.length < 2 || datagram[1] === request.id ? datagram : undefined,
  }
  const response = decodeResponse(await exchangeDatagrams(exchange, target, context), request)
  if (response?.isAuthentic !== true) {
    const detail = 'want an answer made with our secret, got one made with another'
    return fail('protocol', 'radius.authenticator', detail)
  }
  const got =
    response.message === '' ? response.code : `${response.code}: ${show(response.message)}`
  context.transcript?.note(printable(got))
  if (expect === 'any' ? !response.code.startsWith('code') : response.code === WANTED[expect]) {
    return pass(got)
  }
  const code = response.code === 'Access-Reject' ? 'radius.reject' : 'radius.answer'
  return fail('content', code, `want ${expect}, got ${got}`)
}

const WANTED = { accept: 'Access-Accept', reject: 'Access-Reject' } as const
