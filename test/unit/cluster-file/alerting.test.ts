import { describe, expect, test } from 'vitest'
import { alertingSchema } from '../../../services/shared/wire/alerting-schema.ts'
import { clusterOf, errorsOf, fileWith } from './parse.ts'

const WEB = fileWith('forwarding: masquerade')
const PASSWORD = '{ file: /run/secrets/mail }'
const MAIL = 'type: mail, server: mail.example.net, from: lvs@example.net, to: [ops@example.net]'

function withChannel(keys: string): string {
  return `${WEB}alerting:\n  channels:\n    one: { ${keys} }\n`
}

async function alertingOf(text: string) {
  return (await clusterOf(text)).alerting
}

/** What is wrong with a channel, without the place. */
async function wrongWith(keys: string): Promise<readonly string[]> {
  const errors = await errorsOf(withChannel(keys))
  return errors.map((error) => error.replace(/^.*?error: alerting\.channels\.one\.?/, ''))
}

describe('channels', () => {
  test('need not be there', async () => {
    expect(await alertingOf(WEB)).toBeUndefined()
  })

  test('keep what is written, with what is usual where nothing is', async () => {
    const { channels } = (await alertingOf(withChannel('type: ntfy, topic: lvs'))) ?? {}
    expect(channels).toEqual({
      one: { type: 'ntfy', topic: 'lvs', server: 'https://ntfy.sh', timeoutMs: 10_000 },
    })
  })

  test('and digest come over the bus as they are', async () => {
    const digest = '  digest: { cron: 0 8 * * *, channel: one }\n'
    const alerting = await alertingOf(withChannel(`${MAIL}, timeout: 5s`) + digest)
    expect(alerting?.digest).toEqual({ cron: '0 8 * * *', timeZone: 'UTC', channel: 'one' })
    expect(alertingSchema.parse(JSON.parse(JSON.stringify(alerting)))).toEqual(alerting)
  })

  test.each([
    ['type: mial', 'type: wanted mail, webhook, pagerduty, slack, telegram, ntfy, script or mon'],
    ['topic: lvs', 'type: missing key'],
    ['type: slack', 'url: missing key'],
    ['type: slack, url: https://hooks.example.net/secret', 'url: wanted a mapping'],
    ['type: slack, url: { file: slack-url }', 'url.file: wanted an absolute path'],
    ['type: ntfy, topic: lvs, chat: 7', 'chat: unknown key "chat"'],
    ['type: ntfy, topic: a/b', 'topic: wanted at most 64 letters'],
    ['type: ntfy, topic: lvs, server: https://a:b@ntfy.sh', 'server: wanted an http or https'],
    ['type: ntfy, topic: lvs, text: "{{secret}}"', 'text: wanted a text with no other'],
    ['type: script, command: [/bin/sh, -c, x]', 'command: wanted the name of a file'],
    [`${MAIL}, user: lvs`, 'password: missing key "password": there is a user'],
    [`${MAIL}, password: ${PASSWORD}`, 'user: missing key "user": there is a password'],
    [MAIL.replace('ops@example.net', 'ops'), 'to[0]: wanted a mail address, got "ops"'],
    [MAIL.replace('mail.example.net', 'mail:0'), 'server: wanted host or host:port'],
  ])('say what is wrong: %s', async (keys, wanted) => {
    expect(await wrongWith(keys)).toEqual([expect.stringContaining(wanted)])
  })
})
