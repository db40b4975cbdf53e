import { z } from 'zod'
import { PLACEHOLDERS, unknownPlaceholder } from '../domain/template.ts'
import { cronSchema, timeZoneSchema } from './cron-schema.ts'
import { durationSchema } from './duration-schema.ts'
import { programSchema } from './program-schema.ts'
import type { Rule } from './rules.ts'
import { type EditorHint, scalar } from './scalar.ts'
import { splitHostPort } from './service-address.ts'
import { describeValue } from './values.ts'
import { nameSchema } from './words.ts'

const MAX_TEMPLATE = 20_000
const ADDRESS = /^[^\s@<>",;]+@[^\s@<>",;]+$/
/** ntfy, server/util.go: topicRegex. */
const TOPIC = /^[-_A-Za-z0-9]{1,64}$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
/** A text that fits a pattern. */
function textSchema(
  hint: EditorHint,
  { fits, wanted, rule }: { fits: (text: string) => boolean; wanted: string; rule: Rule },
): z.ZodType<string> {
  return scalar({ type: 'string', ...hint }, (input) => {
    if (typeof input === 'string' && fits(input)) return { value: input }
    const message = `wanted ${wanted}, got ${describeValue(input)}`
    return { rule: typeof input === 'string' ? rule : 'wrong-type', message }
  })
}

const plainText = (description: string, examples: readonly string[] = []) =>
  textSchema(
    { description, minLength: 1, ...(examples.length > 0 && { examples }) },
    {
      fits: (text) => text !== '' && ![...text].some((one) => one < ' ' || one === '\x7f'),
      wanted: 'a text in one line',
      rule: 'bad-value',
    },
  )

/** An http or https address. */
export const urlSchema = (description: string, otherwise?: string) =>
  textSchema(
    {
      description,
      pattern: '^https?://',
      ...(otherwise === undefined ? {} : { default: otherwise }),
    },
    {
      fits: (text) => /^https?:\/\//.test(text) && URL.canParse(text) && !hasLogin(text),
      wanted: 'an http or https address without user and password',
      rule: 'bad-value',
    },
  )

const mailAddress = textSchema(
  { description: 'A mail address.', examples: ['ops@example.net'] },
  { fits: (text) => ADDRESS.test(text), wanted: 'a mail address', rule: 'bad-value' },
)

const variableName = textSchema(
  { description: 'Variable of the environment of the alerter.', pattern: VARIABLE.source },
  {
    fits: (text) => VARIABLE.test(text),
    wanted: 'the name of a variable',
    rule: 'bad-value',
  },
)

const absolutePath = textSchema(
  { description: 'File on the machine of the alerter, by an absolute path.', pattern: '^/' },
  { fits: (text) => text.startsWith('/'), wanted: 'an absolute path', rule: 'bad-value' },
)

const secret = z.union([
  z.strictObject({ file: absolutePath }),
  z.strictObject({ env: variableName }),
])
const secretSchema = (description: string) =>
  secret.describe(`${description}: { file: PATH } or { env: NAME } on the alerter.`)

const template = (description: string) =>
  textSchema(
    { description: `${description} Placeholders such as {{subject}} are filled in.` },
    {
      fits: (text) => text.length <= MAX_TEMPLATE && unknownPlaceholder(text) === undefined,
      wanted: `a text with no other placeholders than ${PLACEHOLDERS.join(', ')}`,
      rule: 'bad-value',
    },
  ).optional()

const common = {
  timeout: durationSchema(
    { min: 100, max: 60_000 },
    { description: 'How long one sending may take.', default: '10s' },
  ).optional(),
  subject: template('Instead of the usual line that says most.'),
  text: template('Instead of the usual text.'),
}

const alertProgram = (description: string) =>
  programSchema({ rule: 'bad-value', folder: "the alerter's folder of programs" }, description)

const channelOf = <const Name extends string, Shape extends z.ZodRawShape>(
  { name, description }: { readonly name: Name; readonly description: string },
  shape: Shape,
) => z.strictObject({ type: z.literal(name).describe(description), ...shape, ...common })

const channel = z.discriminatedUnion('type', [
  channelOf(
    { name: 'mail', description: 'E-mail by SMTP.' },
    {
      server: textSchema(
        {
          description:
            'SMTP server, host or host:port; port 25 by default, on 465 TLS comes first.',
          examples: ['mail.example.net:587'],
        },
        { fits: isServer, wanted: 'host or host:port', rule: 'bad-endpoint' },
      ),
      from: mailAddress.describe('Who the mail is from.'),
      to: z.array(mailAddress).min(1).describe('Who gets it.'),
      user: plainText('Name to log in with; only over TLS.').optional(),
      password: secretSchema('Password to log in with').optional(),
      html: template('Instead of the usual HTML.'),
    },
  ),
  channelOf(
    { name: 'webhook', description: 'JSON by HTTP.' },
    {
      url: secretSchema('Address that it is posted to'),
      secret: secretSchema('Key that signs each body').optional(),
    },
  ),
  channelOf(
    { name: 'pagerduty', description: 'PagerDuty, Events API v2.' },
    {
      routingKey: secretSchema('Integration key of the service at PagerDuty'),
      url: urlSchema('Where events go.', 'https://events.pagerduty.com/v2/enqueue').optional(),
    },
  ),
  channelOf(
    { name: 'slack', description: 'Incoming webhook of Slack, or what takes the same.' },
    {
      url: secretSchema('Address of the webhook'),
      room: plainText('Another room than that of the webhook, where it may choose.').optional(),
    },
  ),
  channelOf(
    { name: 'telegram', description: 'A bot of Telegram.' },
    {
      token: secretSchema('Token of the bot'),
      chat: plainText('Chat, group (-100…) or @channel.', ['-1001234567890']),
      url: urlSchema('Server of the Bot API.', 'https://api.telegram.org').optional(),
    },
  ),
  channelOf(
    { name: 'ntfy', description: 'Push to telephones by ntfy.' },
    {
      server: urlSchema('Server of ntfy.', 'https://ntfy.sh').optional(),
      topic: textSchema(
        { description: 'Topic that telephones listen to.', pattern: TOPIC.source },
        {
          fits: (text) => TOPIC.test(text),
          wanted: 'at most 64 letters, digits, - and _',
          rule: 'bad-value',
        },
      ),
      token: secretSchema('Access token').optional(),
    },
  ),
  channelOf(
    { name: 'script', description: 'A program of yours; what is to be said is on its input.' },
    { command: alertProgram('What is run') },
  ),
  channelOf(
    { name: 'mon', description: 'An alert script of mon, unchanged.' },
    {
      command: alertProgram('The alert script'),
      environment: z
        .record(variableName, plainText('Its value.'))
        .optional()
        .describe('More variables for it, as in mon.cf.'),
    },
  ),
])

/** Ways to reach people, as written. */
export const channelsSchema = z.record(nameSchema(), channel)

/** A digest, as written. */
export const digestSchema = z.strictObject({
  cron: cronSchema({ description: 'When it is sent: five fields as in crontab(5).' }),
  timeZone: timeZoneSchema({ description: 'IANA time zone of the fields.' }).optional(),
  channel: nameSchema({ description: 'Name of the channel that it goes to.' }),
})

/** Channels as written, by name. */
export type WrittenChannels = z.output<typeof channelsSchema>
/** A digest as written. */
export type WrittenDigest = z.output<typeof digestSchema>

function isServer(text: string): boolean {
  const { host, port } = splitHostPort(text.includes(':') ? text : `${text}:25`)
  return host !== undefined && port !== undefined && port > 0 && port < 65_536
}

function hasLogin(text: string): boolean {
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
