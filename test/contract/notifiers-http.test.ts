import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openChannel } from '../../services/shared/adapters/notifiers/registry.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { ChannelSettings, SecretSource } from '../../services/shared/domain/channel.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { type Behaviour, type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { notificationOf, OVER } from '../support/notification.ts'
import { type Mood, type NotifierUnderTest, testNotifier } from './notifier-contract.ts'

const SECRETS = { key: 's3cret-key-of-the-channel', path: 'T000-B000-hidden' }
const clock = createSystemClock()
const never = new AbortController().signal
let receiver: HttpReceiver

beforeAll(async () => {
  receiver = await startHttpReceiver()
})
beforeEach(() => {
  receiver.got.length = 0
  receiver.behaviour = { status: 200, body: 'ok' }
})
afterAll(() => receiver.stop())

const source = (env: string) => ({ env })

/** Those that a channel knows; the receivers of these tests echo all of them. */
function ownSecrets(type: string): readonly string[] {
  if (type === 'webhook') return Object.values(SECRETS)
  return [type === 'slack' ? SECRETS.path : SECRETS.key]
}

/** Channels of each type that lead to the receiver. */
function channelOf(type: string, base: string): ChannelSettings {
  const timeoutMs = 5000
  switch (type) {
    case 'webhook':
      return { type, timeoutMs, url: source('URL'), secret: source('KEY') }
    case 'pagerduty':
      return { type, timeoutMs, url: `${base}/v2/enqueue`, routingKey: source('KEY') }
    case 'slack':
      return { type, timeoutMs, url: source('URL') }
    case 'telegram':
      return { type, timeoutMs, url: base, token: source('KEY'), chat: '-100' }
    default:
      return { type: 'ntfy', timeoutMs, server: base, topic: 'lvs', token: source('KEY') }
  }
}

function openTo(settings: ChannelSettings, base: string) {
  const secrets: Readonly<Record<string, string>> = {
    KEY: SECRETS.key,
    URL: `${base}/${SECRETS.path}`,
  }
  function readSecret(from: SecretSource): string {
    const secret = 'env' in from ? secrets[from.env] : undefined
    if (secret === undefined) throw new ServiceError('notifier.secret', 'there is none')
    return secret
  }
  return openChannel(settings, { clock, readSecret })
}

const BEHAVIOURS: Readonly<Record<Exclude<Mood, 'absent'>, Behaviour>> = {
  takes: { status: 202, body: '{"ok":true}' },
  'refuses-for-now': { status: 503, body: `later ${SECRETS.key} ${SECRETS.path}\r\n` },
  'refuses-for-good': { status: 400, body: `no ${SECRETS.key} /${SECRETS.path}\u0007` },
  hangs: 'hangs',
}

const TYPES = ['webhook', 'pagerduty', 'slack', 'telegram', 'ntfy'] as const

describe.each(TYPES)('channel %s', (type) => {
  async function open(mood: Mood, timeoutMs: number): Promise<NotifierUnderTest> {
    if (mood !== 'absent') receiver.behaviour = BEHAVIOURS[mood]
    const base = mood === 'absent' ? 'http://127.0.0.1:9' : receiver.url
    const notifier = openTo({ ...channelOf(type, base), timeoutMs }, base)
    return {
      secrets: ownSecrets(type),
      send: (notification, signal = never) => notifier.send(notification, signal),
      heard: async () => receiver.got.map(({ body }) => body).join('\n'),
      close: async () => notifier.close(),
    }
  }
  testNotifier(open, { moods: ['refuses-for-now', 'refuses-for-good'] })

  async function send(behaviour: Behaviour, timeoutMs = 5000) {
    receiver.behaviour = behaviour
    const notifier = openTo({ ...channelOf(type, receiver.url), timeoutMs }, receiver.url)
    const result = await notifier.send(notificationOf(), never)
    notifier.close()
    return result
  }

  test.each([
    [429, false],
    [500, false],
    [408, false],
    [302, true],
    [401, true],
    [404, true],
    [413, true],
  ])('an answer of %i is final: %s', async (status, isPermanent) => {
    expect(await send({ status })).toMatchObject({
      outcome: 'failed',
      isPermanent,
      reason: expect.stringContaining(String(status)),
    })
  })

  test('how long the receiver wants to be left alone is heard', async () => {
    const result = await send({ status: 429, headers: { 'retry-after': '17' } })
    expect(result).toMatchObject({ outcome: 'failed', retryAfterMs: 17_000 })
  })

  test('redirects are not followed', async () => {
    await send({ status: 307, headers: { location: `${receiver.url}/elsewhere` } })
    expect(receiver.got).toHaveLength(1)
  })

  test.each(['resets', 'trickles', 'floods'] as const)(
    'a receiver that %s costs bounded time and memory, and may be tried again',
    async (illness) => {
      const result = await send(illness, 300)
      expect(result).toMatchObject({ outcome: 'failed', isPermanent: false })
    },
  )

  test('a secret that cannot be read is a failure that may be mended', async () => {
    const settings = channelOf(type, receiver.url)
    const notifier = openChannel(settings, {
      clock,
      readSecret: () => {
        throw new ServiceError('notifier.secret', 'the file /run/x cannot be read: ENOENT')
      },
    })
    expect(await notifier.send(notificationOf(), never)).toEqual({
      outcome: 'failed',
      reason: 'the file /run/x cannot be read: ENOENT',
      isPermanent: false,
    })
    notifier.close()
    expect(receiver.got).toEqual([])
  })

  test('one’s own words take the place of the usual', async () => {
    const settings = { ...channelOf(type, receiver.url), subject: '{{severity}} {{services}}' }
    const notifier = openTo({ ...settings, text: 'since {{since}}: {{servers}}' }, receiver.url)
    await notifier.send(notificationOf(), never)
    notifier.close()
    const [{ body } = { body: '' }] = receiver.got
    expect(body).toContain('critical web')
    expect(body).toContain('since 2030-01-01 03:00:00 UTC: web1')
  })
})

/** What the receiver gets of a notification, parsed. */
async function posted(type: string, change = {}) {
  const notifier = openTo(channelOf(type, receiver.url), receiver.url)
  await notifier.send(notificationOf(change), never)
  notifier.close()
  return receiver.got.map(({ path, headers, body }) => ({
    path,
    headers,
    raw: body,
    body: JSON.parse(body),
  }))
}

test('a webhook is signed over its time and its body', async () => {
  const [got] = await posted('webhook')
  const time = got?.headers['x-lvs-warden-timestamp']
  const hex = createHmac('sha256', SECRETS.key).update(`${time}.${got?.raw}`).digest('hex')
  expect(got?.headers['x-lvs-warden-signature']).toBe(`v1=${hex}`)
  expect(got?.headers['idempotency-key']).toBe('i7/ops/1')
  expect(got?.body).toMatchObject({
    version: 1,
    id: 'i7/ops/1',
    thread: 'shop/i7',
    kind: 'down',
    since: '2030-01-01T03:00:00.000Z',
    causes: [{ key: 'down/web/web1', since: '2030-01-01T03:00:00.000Z' }],
  })
})

test('PagerDuty has one incident for each of ours, opened, taken on and closed', async () => {
  await posted('pagerduty')
  await posted('pagerduty', { kind: 'ack' })
  const got = await posted('pagerduty', OVER)
  const key = { routing_key: SECRETS.key, dedup_key: 'shop/i7' }
  expect(got.map(({ body }) => body)).toMatchObject([
    {
      ...key,
      event_action: 'trigger',
      payload: { severity: 'critical', source: 'shop', component: 'web' },
    },
    { ...key, event_action: 'acknowledge' },
    { ...key, event_action: 'resolve' },
  ])
})

test('a test at PagerDuty leaves no incident open, a digest opens none', async () => {
  await posted('pagerduty', { kind: 'test' })
  const got = await posted('pagerduty', { kind: 'digest' })
  expect(got.map(({ path, body }) => [path, body.event_action])).toEqual([
    ['/v2/enqueue', 'trigger'],
    ['/v2/enqueue', 'resolve'],
    ['/v2/change/enqueue', undefined],
  ])
})

test('Slack shows names as they are, and nobody is mentioned by one', async () => {
  const [got] = await posted('slack', { subject: '<!channel> & co' })
  expect(got?.body.text).toContain('&lt;!channel&gt; &amp; co')
  expect(got?.path).toBe(`/${SECRETS.path}`)
})

test('Telegram gets HTML with every name escaped, the token in the path', async () => {
  const [got] = await posted('telegram', { subject: '<a href="x">' })
  expect(got?.path).toBe(`/bot${SECRETS.key}/sendMessage`)
  expect(got?.body).toMatchObject({ chat_id: '-100', parse_mode: 'HTML' })
  expect(got?.body.text).toContain('&lt;a href=&quot;x&quot;&gt;')
})

test('Telegram says in its body how long to wait', async () => {
  receiver.behaviour = {
    status: 429,
    body: '{"ok":false,"error_code":429,"parameters":{"retry_after":35}}',
  }
  const notifier = openTo(channelOf('telegram', receiver.url), receiver.url)
  const result = await notifier.send(notificationOf(), never)
  notifier.close()
  expect(result).toMatchObject({ outcome: 'failed', isPermanent: false, retryAfterMs: 35_000 })
})

test('ntfy is loudest for what is critical, and quieter when it is over', async () => {
  await posted('ntfy')
  const got = await posted('ntfy', OVER)
  expect(got.map(({ body }) => [body.topic, body.priority])).toEqual([
    ['lvs', 5],
    ['lvs', 3],
  ])
  expect(got[0]?.headers.authorization).toBe(`Bearer ${SECRETS.key}`)
})
