import { z } from 'zod'
import { CAUSE_KINDS } from '../domain/cause.ts'
import { formatDuration, parseDuration } from '../domain/duration.ts'
import { SEVERITIES, type Severity } from '../domain/notification.ts'
import { parseTimePeriod } from '../domain/parse-time-period.ts'
import type { TimePeriod } from '../domain/time-period.ts'
import { timeZoneSchema } from './cron-schema.ts'
import { durationSchema } from './duration-schema.ts'
import { labelsSchema } from './label-schema.ts'
import { integerSchema } from './numbers.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'
import { booleanSchema, nameSchema, wordSchema } from './words.ts'

const DAY_MS = 86_400_000
/** Longest time that anything about alerts may take. */
const LONGEST = { min: 1000, max: 30 * DAY_MS }
const MAX_FAILURES = 1000

const names = (description: string) =>
  z.array(nameSchema()).min(1).optional().describe(`${description}: any of these.`)

const kindSchema = wordSchema(
  CAUSE_KINDS,
  {},
  { rule: 'unknown-value', noun: 'a kind of cause such as down, guard or director-silent' },
)

/** Which causes are meant, as written. */
export const matchSchema = z.strictObject({
  kinds: z.array(kindSchema).min(1).optional().describe('Kinds of cause: any of these.'),
  services: names('Virtual services'),
  servers: names('Real servers'),
  zones: names('Zones'),
  directors: names('Directors'),
  vantages: names('Vantages'),
  severity: wordSchema(SEVERITIES, { description: 'This bad or worse.' }).optional(),
  labels: labelsSchema('Labels of the service or real server: all of these.').optional(),
})

/** `3`, `3 in 10m` or `2m`. */
export interface WrittenAfter {
  readonly failures?: number
  readonly withinMs?: number
  readonly forMs?: number
}

const AFTER = /^(?:(\d{1,4})(?:\s+in\s+(\S+))?|(\d\S*))$/

const afterSchema = scalar(
  {
    type: ['string', 'integer'],
    description: 'Not before so many failed checks in a row (3), within a time, or for a time.',
    examples: [3, '3 in 10m', '2m'],
  },
  (input) => {
    const read = typeof input === 'number' ? readAfter(String(input)) : readAfter(input)
    if (read !== undefined) return { value: read }
    const wanted = 'wanted failures (3), failures in a time (3 in 10m) or a time (2m)'
    const message = `${wanted}, got ${describeValue(input)}`
    return { rule: 'bad-value', message }
  },
)

function readAfter(input: unknown): WrittenAfter | undefined {
  const match = typeof input === 'string' ? AFTER.exec(input.trim()) : null
  if (match === null) return undefined
  const [, count, within, time] = match
  if (count !== undefined) {
    const failures = Number(count)
    if (failures < 1 || failures > MAX_FAILURES) return undefined
    const withinMs = within === undefined ? undefined : parseDuration(within)
    if (within !== undefined && !isTime(withinMs)) return undefined
    return { failures, ...(withinMs !== undefined && { withinMs }) }
  }
  const forMs = parseDuration(time ?? '')
  return isTime(forMs) && forMs !== undefined ? { forMs } : undefined
}

function isTime(ms: number | undefined): boolean {
  return ms !== undefined && ms >= LONGEST.min && ms <= LONGEST.max
}

const everySchema = scalar<number | 'none'>(
  {
    type: 'string',
    description: 'Time between reminders while nobody has acknowledged it; none for no reminders.',
    default: '4h',
    examples: ['30m', 'none'],
  },
  (input) => {
    if (input === 'none') return { value: 'none' }
    const ms = typeof input === 'string' ? parseDuration(input) : undefined
    if (ms !== undefined && ms >= 10_000 && ms <= LONGEST.max) return { value: ms }
    const range = `none or ${formatDuration(10_000)} to ${formatDuration(LONGEST.max)}`
    return { rule: 'bad-duration', message: `wanted ${range}, got ${describeValue(input)}` }
  },
)

const channelNames = (description: string) => z.array(nameSchema()).min(1).describe(description)

/** A route, as written. */
export const routeSchema = z.strictObject({
  name: nameSchema({
    description: 'Name of the route; what was told is remembered by it.',
    default: 'route and its place in the list: route1',
  }).optional(),
  match: matchSchema.optional().describe('Which causes; all when absent.'),
  channels: channelNames('Who is told first: names of channels.'),
  after: afterSchema.optional(),
  every: everySchema.optional(),
  updates: booleanSchema({
    description: 'Tell what else goes wrong in an incident that was told.',
    default: true,
  }).optional(),
  recovery: booleanSchema({ description: 'Tell that it is over.', default: true }).optional(),
  acknowledgements: booleanSchema({
    description: 'Tell that somebody has taken it on.',
    default: true,
  }).optional(),
  startup: booleanSchema({
    description: 'Tell that alerts are told from now on, after a break of five minutes or more.',
    default: false,
  }).optional(),
  escalation: z
    .array(
      z.strictObject({
        after: durationSchema(LONGEST, {
          description: 'So long after level 1 without an acknowledgement.',
          examples: ['15m'],
        }),
        channels: channelNames('Who is told then, beside those before.'),
      }),
    )
    .optional()
    .describe('Levels 2, 3, …: who is told when nobody acknowledges.'),
  during: z
    .array(nameSchema())
    .min(1)
    .optional()
    .describe('Names of periods; at other times it waits. Always when absent.'),
  last: booleanSchema({
    description: 'What this route takes, no later route gets.',
    default: false,
  }).optional(),
})

const periodText = scalar<TimePeriod>(
  {
    type: 'string',
    description: "Weekdays, hours and so on in the language of mon's period (Time::Period).",
    examples: ['wd {Mon-Fri} hr {8am-6pm}', 'wd {Sat Sun}', 'hr {22:00-6:30}'],
  },
  (input) => {
    const wanted = 'wanted a period such as "wd {Mon-Fri} hr {8am-6pm}"'
    if (typeof input !== 'string') {
      return { rule: 'wrong-type', message: `${wanted}, got ${describeValue(input)}` }
    }
    const reading = parseTimePeriod(input)
    if ('period' in reading) return { value: reading.period }
    return { rule: 'bad-period', message: `${wanted}: ${reading.problem}` }
  },
)

/** A period, as written: its text, or with a time zone. */
export const periodSchema = z.union([
  periodText,
  z.strictObject({
    when: periodText,
    timeZone: timeZoneSchema({ description: 'IANA time zone of these hours.' }).optional(),
  }),
])

/** How simultaneous causes become one incident, as written. */
export const groupingSchema = z.strictObject({
  wait: durationSchema(
    { min: 0, max: 600_000 },
    { description: 'What comes within this time is one incident.', default: '5s' },
  ).optional(),
  by: wordSchema(['cluster', 'service', 'zone', 'server'], {
    description: 'Only what shares this is one incident.',
    default: 'cluster',
  }).optional(),
  news: durationSchema(
    { min: 0, max: 3_600_000 },
    { description: 'The least time between two pieces of news of one incident.', default: '30s' },
  ).optional(),
})

/** What flaps, as written. */
export const flappingSchema = z.union([
  wordSchema(['off'], { description: 'Nothing counts as flapping.' }),
  z.strictObject({
    changes: integerSchema(
      { min: 3, max: 40, rule: 'out-of-range' },
      { description: 'So many comings and goings …', default: 6 },
    ).optional(),
    within: durationSchema(LONGEST, {
      description: '… within this time.',
      default: '10m',
    }).optional(),
    quiet: durationSchema(LONGEST, {
      description: 'It is over after so long without another.',
      default: '5m',
    }).optional(),
  }),
])

/** A dependency, as written. */
export const dependencySchema = z.strictObject({
  when: matchSchema.describe('While something of this is wrong, …'),
  mutes: matchSchema.describe('… nobody is told of this.'),
})

/** Kind of cause to severity, as written. */
export const severitiesSchema: z.ZodType<Readonly<Record<string, Severity>>> = z.record(
  kindSchema,
  wordSchema(SEVERITIES),
)
