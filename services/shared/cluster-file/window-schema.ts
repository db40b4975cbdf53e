import { z } from 'zod'
import { MAX_WINDOW_MS } from '../domain/maintenance-window.ts'
import { nearestKey } from '../domain/nearest-key.ts'
import { createCronStarts } from '../runtime/cron-starts.ts'
import { durationSchema } from './duration-schema.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'
import { nameSchema, wordSchema } from './words.ts'

const MINUTE_MS = 60_000
const TARGET = /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)?$/

const cron = scalar(
  { type: 'string', description: 'When it opens: five fields as in crontab(5).' },
  (input) => {
    const wanted = 'wanted minute, hour, day of month, month and day of week such as "0 3 * * 0"'
    if (typeof input !== 'string') {
      return { rule: 'wrong-type', message: `${wanted}, got ${describeValue(input)}` }
    }
    try {
      createCronStarts(input, 'UTC')
      return { value: input }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { rule: 'bad-cron', message: `${wanted}, got ${describeValue(input)}: ${reason}` }
    }
  },
)

const timeZone = scalar(
  { type: 'string', description: 'IANA time zone of the fields.', default: 'UTC' },
  (input) => {
    if (typeof input === 'string' && isTimeZone(input)) return { value: input }
    const zones = Intl.supportedValuesOf('timeZone')
    const near = typeof input === 'string' ? nearestKey(input, zones) : undefined
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    const got = `got ${describeValue(input)}${hint}`
    return {
      rule: 'bad-time-zone',
      message: `wanted an IANA time zone such as Europe/Berlin, ${got}`,
    }
  },
)

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

const target = scalar({ type: 'string', examples: ['web1', 'web/web1'] }, (input) => {
  if (typeof input === 'string' && TARGET.test(input)) return { value: input }
  const wanted = 'wanted a real server (web1), or one in one service (web/web1)'
  return { rule: 'bad-name', message: `${wanted}, got ${describeValue(input)}` }
})

/** A maintenance window as written. */
export const windowSchema = z.strictObject({
  name: nameSchema({
    description: 'Name of the window, for people and for lvsctl window.',
    default: 'window and its place in the list: window1',
  }).optional(),
  cron,
  timeZone: timeZone.optional(),
  for: durationSchema(
    { min: MINUTE_MS, max: MAX_WINDOW_MS },
    { description: 'How long it stays open.', examples: ['30m'] },
  ),
  servers: z
    .array(target)
    .meta({ minItems: 1, description: 'Who is out: a real server everywhere, or in a service.' }),
  act: wordSchema(['maintenance', 'drain'], {
    description: 'Out at once, or without new connections and out after the last one.',
    default: 'maintenance',
  }).optional(),
  reason: scalar({ type: 'string', description: 'Why, for the colleagues.' }, (input) =>
    typeof input === 'string'
      ? { value: input }
      : { rule: 'wrong-type', message: `wanted text, got ${describeValue(input)}` },
  ).optional(),
})

/** A maintenance window whose values are read. */
export type WrittenWindow = z.output<typeof windowSchema>
