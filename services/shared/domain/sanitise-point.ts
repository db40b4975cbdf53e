import { measurementSpec } from './measurements.ts'
import type { FieldValue, Point } from './point.ts'

const MAX_TAG_CHARACTERS = 128
const MAX_TEXT_CHARACTERS = 4000

/**
 * A point that every database takes: declared tags and fields alone, no empty tag, no number that
 * is none, and nothing in a tag that could end a line (InfluxDB line protocol: a newline in a tag
 * is not escaped, and a backslash at its end escapes what follows). `undefined` when no field is
 * left.
 */
export function sanitisePoint(point: Point): Point | undefined {
  const { measurement, at } = point
  const spec = measurementSpec(measurement)
  const fields: Record<string, FieldValue> = {}
  let count = 0
  for (const name in point.fields) {
    const declared = spec.fields[name]
    const value = point.fields[name]
    if (declared === undefined || value === undefined) continue
    const sane = saneField(declared.type, value)
    if (sane === undefined) continue
    fields[name] = sane
    count++
  }
  if (count === 0 || !Number.isFinite(at)) return undefined
  const tags: Record<string, string> = {}
  for (const name in point.tags) {
    const value = point.tags[name]
    if (value === undefined || spec.tags[name] === undefined) continue
    const sane = saneTag(value)
    if (sane !== '') tags[name] = sane
  }
  return { measurement, at, tags, fields }
}

function saneField(
  type: 'float' | 'integer' | 'string',
  value: FieldValue,
): FieldValue | undefined {
  if (type === 'string') {
    return typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARACTERS) : undefined
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return type === 'integer' ? Math.round(value) : value
}

const PLAIN_TAG = /^[\w .:/@%+-]{1,128}$/

/** Names are nearly always plain, so the expensive look at them is rare. */
function saneTag(value: string): string {
  if (PLAIN_TAG.test(value)) return value.trim()
  return value
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll('\\', '/')
    .trim()
    .slice(0, MAX_TAG_CHARACTERS)
    .trim()
}
