import type { z } from 'zod'
import { nearestKey } from '../domain/nearest-key.ts'
import { createCronStarts } from '../runtime/cron-starts.ts'
import { type EditorHint, scalar } from './scalar.ts'
import { describeValue } from './values.ts'

/** The schema of a cron expression of five fields. */
export function cronSchema(hint: EditorHint): z.ZodType<string> {
  return scalar({ type: 'string', ...hint }, (input) => {
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
  })
}

/** The schema of an IANA time zone. */
export function timeZoneSchema(hint: EditorHint): z.ZodType<string> {
  return scalar({ type: 'string', default: 'UTC', ...hint }, (input) => {
    if (typeof input === 'string' && isTimeZone(input)) return { value: input }
    const zones = Intl.supportedValuesOf('timeZone')
    const near = typeof input === 'string' ? nearestKey(input, zones) : undefined
    const advice = near === undefined ? '' : `; did you mean "${near}"?`
    const got = `got ${describeValue(input)}${advice}`
    return {
      rule: 'bad-time-zone',
      message: `wanted an IANA time zone such as Europe/Berlin, ${got}`,
    }
  })
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
