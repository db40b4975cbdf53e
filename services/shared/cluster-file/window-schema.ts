import { z } from 'zod'
import { MAX_WINDOW_MS } from '../domain/maintenance-window.ts'
import { cronSchema, timeZoneSchema } from './cron-schema.ts'
import { durationSchema } from './duration-schema.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'
import { booleanSchema, nameSchema, wordSchema } from './words.ts'

const MINUTE_MS = 60_000
const TARGET = /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)?$/

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
  cron: cronSchema({ description: 'When it opens: five fields as in crontab(5).' }),
  timeZone: timeZoneSchema({ description: 'IANA time zone of the fields.' }).optional(),
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
  force: booleanSchema({
    description: 'Also where a guard says that the rest cannot carry it; else it is held back.',
    default: false,
  }).optional(),
  reason: scalar({ type: 'string', description: 'Why, for the colleagues.' }, (input) =>
    typeof input === 'string'
      ? { value: input }
      : { rule: 'wrong-type', message: `wanted text, got ${describeValue(input)}` },
  ).optional(),
})

/** A maintenance window whose values are read. */
export type WrittenWindow = z.output<typeof windowSchema>
