import type { Layer, Outcome } from '../../../probes/check.ts'
import type { ProbeId } from '../domain/check-spec.ts'
import type { Observation } from '../domain/observation.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** What one prober saw since its last frame, oldest first. */
export interface ObservationFrame {
  readonly prober: string
  /** The place it looks from. */
  readonly vantage: string
  readonly observations: readonly Observation[]
}

const VERSION = 2
const PASS = 0
const FAIL = 1
const INCONCLUSIVE = 2
const DEGRADED = 3
const LAYERS: ReadonlySet<unknown> = new Set<Layer>([
  'network',
  'connect',
  'tls',
  'protocol',
  'content',
  'script',
])

const writer = new TextEncoder()
const reader = new TextDecoder()

/**
 * JSON, as all messages, but each observation is an array without keys, and a duration has two
 * decimals: `[probe, at, durationMs, 0, detail]`, `[…, 1, layer, code, detail]`, `[…, 2, code,
 * detail]`, `[…, 3, code, detail, factor]`.
 */
export function encodeObservations(frame: ObservationFrame): Uint8Array {
  const { prober, vantage } = frame
  const observations = frame.observations.map(encodeObservation)
  return writer.encode(JSON.stringify({ v: VERSION, prober, vantage, observations }))
}

/**
 * Reads and checks a frame, by hand because these are nearly all messages there are. Throws a
 * `ServiceError`: `wire.invalid`, or `wire.version` for a version that we do not speak.
 */
export function decodeObservations(bytes: Uint8Array): ObservationFrame {
  const frame = parse(bytes)
  const { v, prober, vantage, observations } = frame
  if (v !== VERSION) {
    const got = JSON.stringify(v) ?? 'none'
    throw new ServiceError('wire.version', `observations: want version ${VERSION}, got ${got}`)
  }
  if (typeof prober !== 'string') throw invalid('prober', 'want text', prober)
  if (typeof vantage !== 'string') throw invalid('vantage', 'want text', vantage)
  if (!Array.isArray(observations)) throw invalid('observations', 'want a list', observations)
  return { prober, vantage, observations: observations.map(decodeObservation) }
}

function encodeObservation({ probe, at, durationMs, outcome }: Observation): readonly unknown[] {
  const duration = Math.round(durationMs * 100) / 100
  switch (outcome.outcome) {
    case 'pass':
      return [probe, at, duration, PASS, outcome.detail]
    case 'fail':
      return [probe, at, duration, FAIL, outcome.layer, outcome.code, outcome.detail]
    case 'inconclusive':
      return [probe, at, duration, INCONCLUSIVE, outcome.code, outcome.detail]
    case 'degraded':
      return [probe, at, duration, DEGRADED, outcome.code, outcome.detail, outcome.factor]
  }
}

function decodeObservation(row: unknown, index: number): Observation {
  if (!Array.isArray(row)) throw invalid(`observations.${index}`, 'want a list', row)
  const [probe, at, durationMs] = row as readonly unknown[]
  const outcome = decodeOutcome(row)
  if (
    typeof probe !== 'string' ||
    !Number.isFinite(at) ||
    !Number.isFinite(durationMs) ||
    outcome === undefined
  ) {
    throw invalid(`observations.${index}`, 'want probe, time, duration and outcome', row)
  }
  return { probe: probe as ProbeId, at: at as number, durationMs: durationMs as number, outcome }
}

function decodeOutcome(row: readonly unknown[]): Outcome | undefined {
  const [, , , kind, first, second, third] = row
  if (typeof first !== 'string') return undefined
  if (kind === PASS) return { outcome: 'pass', detail: first }
  if (typeof second !== 'string') return undefined
  if (kind === INCONCLUSIVE) return { outcome: 'inconclusive', code: first, detail: second }
  if (kind === DEGRADED && isShare(third)) {
    return { outcome: 'degraded', factor: third, code: first, detail: second }
  }
  if (kind !== FAIL || typeof third !== 'string' || !LAYERS.has(first)) return undefined
  return { outcome: 'fail', layer: first as Layer, code: second, detail: third }
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(reader.decode(bytes))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Falls through: not JSON is as wrong as the wrong JSON.
  }
  throw new ServiceError('wire.invalid', 'observations: not a JSON object')
}

function invalid(where: string, want: string, got: unknown): ServiceError {
  const shown = JSON.stringify(got)?.slice(0, 200) ?? 'nothing'
  return new ServiceError('wire.invalid', `observations: ${where}: ${want}, got ${shown}`)
}
