import { measurementSpec } from './measurements.ts'
import type { Point } from './point.ts'

/**
 * One line of InfluxDB line protocol, its time in microseconds. Tags must be sane
 * (`sanitisePoint`): a line end in one could not be written.
 */
export function lineProtocol({ measurement, at, tags, fields }: Point): string {
  const spec = measurementSpec(measurement)
  const head = [
    measurement,
    ...Object.keys(tags)
      .sort()
      .map((name) => `${name}=${escapeTag(tags[name] ?? '')}`),
  ]
  const values = Object.entries(fields).map(([name, value]) => {
    if (typeof value === 'string') return `${name}=${quote(value)}`
    return `${name}=${spec.fields[name]?.type === 'integer' ? `${Math.round(value)}i` : value}`
  })
  return `${head.join(',')} ${values.join(',')} ${Math.round(at * 1000)}`
}

function escapeTag(value: string): string {
  return value.replace(/[ ,=]/g, '\\$&')
}

function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
