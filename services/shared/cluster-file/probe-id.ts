import { createHash } from 'node:crypto'
import type { CheckSpec, ProbeId } from '../domain/check-spec.ts'

/** What makes two checks the same probe. */
export type ProbeIdentity = Pick<
  CheckSpec,
  | 'kind'
  | 'target'
  | 'options'
  | 'intervalMs'
  | 'fastIntervalMs'
  | 'timeoutMs'
  | 'jitter'
  | 'slow'
  | 'connectsBetween'
>

/**
 * A short name for a probe, the same in every process and version that reads the same file: 96 bits
 * of SHA-256 over the canonical JSON of what is asked, where, and how often.
 */
export function probeId(spec: ProbeIdentity): ProbeId {
  const { kind, target, options, intervalMs, fastIntervalMs, timeoutMs, jitter } = spec
  const { slow, connectsBetween } = spec
  const timing = { intervalMs, fastIntervalMs, timeoutMs, jitter, slow, connectsBetween }
  const identity = { kind, target, options, ...timing }
  const digest = createHash('sha256').update(canonicalJson(identity)).digest('base64url')
  return digest.slice(0, 16) as ProbeId
}

/**
 * JSON with sorted keys. Throws a `TypeError` for what JSON would lose: options must be plain
 * data.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return JSON.stringify(value)
  }
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([a], [b]) => (a < b ? -1 : 1))
    const texts = members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
    return `{${texts.join(',')}}`
  }
  throw new TypeError(`not plain data: ${Object.prototype.toString.call(value)}`)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
