import type { MeasurementName } from './measurements.ts'

/** A number, or words for people. */
export type FieldValue = number | string

/** One row of history. */
export interface Point {
  readonly measurement: MeasurementName
  /** Milliseconds since the epoch; three decimals count, so that what happens at once differs. */
  readonly at: number
  /** What it is about. Names of the cluster file and fixed words only, so that they are few. */
  readonly tags: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, FieldValue>>
}

/** Identity of the series that a point belongs to: its measurement and tags in a fixed order. */
export function seriesKey({ measurement, tags }: Pick<Point, 'measurement' | 'tags'>): string {
  let key: string = measurement
  for (const name of Object.keys(tags).sort()) key += `\u0000${name}\u0001${tags[name]}`
  return key
}
