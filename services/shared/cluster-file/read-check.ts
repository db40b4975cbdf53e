import { z } from 'zod'
import type { Check } from '../../../probes/check.ts'
import type { CheckSpec } from '../domain/check-spec.ts'
import { exactDuration } from '../domain/duration.ts'
import type { IpAddress } from '../domain/ip-address.ts'
import {
  type CheckKinds,
  COMMON_CHECK_KEYS,
  commonCheckSchema,
  isOverTcp,
  optionsJsonSchema,
  type WrittenCheck,
} from './check-schema.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import type { MergedCheck } from './merge-check.ts'
import type { Rule } from './rules.ts'
import { schemaRemarks } from './schema-remarks.ts'
import type { JsonSchema } from './valid-keys.ts'

const INTERVAL_MS = 2000
const TIMEOUT_MS = 1000
const SHORTEST_FAST_INTERVAL_MS = 200
const RISE = 2
const FALL = 3
const SLOW_FACTOR = 0.5

/** A check with every default filled in, not yet aimed at a real server. */
export interface CheckTemplate {
  readonly check: Check
  readonly merged: MergedCheck
  readonly options: unknown
  readonly name?: string
  readonly port?: number
  readonly address?: WrittenCheck['address']
  readonly intervalMs: number
  readonly fastIntervalMs: number
  readonly timeoutMs: number
  readonly jitter: number
  readonly rise: number
  readonly fall: number
  readonly tripwire: boolean
  readonly slow?: NonNullable<CheckSpec['slow']>
  readonly connectsBetween: number
  readonly source?: IpAddress
}

/** Reads the values of a check; `undefined` when one of them is wrong, which is then remarked. */
export function readCheck(
  merged: MergedCheck,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): CheckTemplate | undefined {
  const check = kinds[merged.kind ?? '']
  if (check === undefined) return undefined
  const { common, own } = splitKeys(merged)
  const settings = commonCheckSchema.safeParse(common)
  const options = check.options.safeParse(own)
  const commonJson = commonJsonSchema()
  const remarks = [
    ...schemaRemarks(settings.error?.issues ?? [], { input: common, jsonSchema: commonJson }),
    ...schemaRemarks(options.error?.issues ?? [], {
      input: own,
      jsonSchema: optionsJsonSchema(check),
    }),
  ]
  for (const one of remarks) remark({ ...one, path: placeOf(merged, one.path) })
  if (!settings.success || !options.success) return undefined
  const template = fillIn(check, merged, settings.data, options.data)
  return contradicts(template, remark) ? undefined : template
}

/** Remarks on the values in `defaults.check`, which need not be a whole check. */
export function reviewDefaultCheck(
  merged: MergedCheck,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): void {
  const { common, own } = splitKeys(merged)
  const check = kinds[merged.kind ?? '']
  const jsonSchema = commonJsonSchema()
  const settings = commonCheckSchema.safeParse(common)
  const issues = check?.options.safeParse(own).error?.issues ?? []
  const remarks = [
    ...schemaRemarks(settings.error?.issues ?? [], { input: common, jsonSchema }),
    ...(check === undefined
      ? []
      : schemaRemarks(issues, { input: own, jsonSchema: optionsJsonSchema(check) })),
  ]
  for (const one of remarks) {
    if (one.rule !== 'missing-key') remark({ ...one, path: placeOf(merged, one.path) })
  }
}

function splitKeys(merged: MergedCheck): {
  readonly common: Readonly<Record<string, unknown>>
  readonly own: Readonly<Record<string, unknown>>
} {
  const entries = [...merged.keys].map(([key, { value }]) => [key, value] as const)
  return {
    common: Object.fromEntries(entries.filter(([key]) => COMMON_CHECK_KEYS.includes(key))),
    own: Object.fromEntries(entries.filter(([key]) => !COMMON_CHECK_KEYS.includes(key))),
  }
}

function placeOf(merged: MergedCheck, [first, ...rest]: Path): Path {
  if (first === undefined) return merged.path
  const origin = merged.keys.get(String(first))?.path
  return origin === undefined ? [...merged.path, first, ...rest] : [...origin, ...rest]
}

function fillIn(
  check: Check,
  merged: MergedCheck,
  written: WrittenCheck,
  options: unknown,
): CheckTemplate {
  const intervalMs = written.interval ?? INTERVAL_MS
  const fifth = Math.max(SHORTEST_FAST_INTERVAL_MS, Math.round(intervalMs / 5))
  // What levels above say of TCP connections is for the checks that have one.
  const mayConnect = (key: string) => isOverTcp(check) || !isInherited(merged, key)
  const { slowAfter: afterMs, slowFactor: factor = SLOW_FACTOR } = written
  return {
    check,
    merged,
    options,
    intervalMs,
    fastIntervalMs: written.fastInterval ?? Math.min(fifth, intervalMs),
    timeoutMs: written.timeout ?? Math.min(TIMEOUT_MS, intervalMs),
    jitter: written.jitter ?? 0,
    rise: written.rise ?? RISE,
    fall: written.fall ?? FALL,
    tripwire: (written.tripwire ?? false) && mayConnect('tripwire'),
    connectsBetween: mayConnect('connectsBetween') ? (written.connectsBetween ?? 0) : 0,
    ...(afterMs === undefined ? {} : { slow: { afterMs, factor } }),
    ...(written.sourceAddress === undefined ? {} : { source: written.sourceAddress }),
    ...(written.name === undefined ? {} : { name: written.name }),
    ...(written.port === undefined ? {} : { port: written.port }),
    ...(written.address === undefined ? {} : { address: written.address }),
  }
}

/** A key that nobody wrote for this check: it came from a level above. */
export function isInherited({ keys, path }: MergedCheck, key: string): boolean {
  const origin = keys.get(key)?.path
  return origin !== undefined && path.some((part, index) => origin[index] !== part)
}

function contradicts(template: CheckTemplate, remark: (remark: Remark) => void): boolean {
  const { intervalMs, timeoutMs, fastIntervalMs, slow, merged, check } = template
  const interval = exactDuration(intervalMs)
  const remarks: Remark[] = []
  function add(key: string, rule: Rule, message: string): void {
    remarks.push({ path: placeOf(merged, [key]), rule, message })
  }
  if (timeoutMs > intervalMs) {
    const got = exactDuration(timeoutMs)
    add('timeout', 'timeout-over-interval', `wanted at most the interval (${interval}), got ${got}`)
  }
  if (fastIntervalMs > intervalMs) {
    const got = exactDuration(fastIntervalMs)
    const message = `wanted at most the interval (${interval}), got ${got}`
    add('fastInterval', 'fast-interval-over-interval', message)
  }
  if (!isOverTcp(check)) {
    const message = `TCP connections, which a check of type ${check.kind} has not`
    if (template.tripwire) add('tripwire', 'tripwire-without-tcp', `a tripwire is for ${message}`)
    if (template.connectsBetween > 0) {
      add('connectsBetween', 'connects-without-tcp', `connectsBetween is for ${message}`)
    }
  }
  if (slow !== undefined && slow.afterMs >= timeoutMs) {
    const wanted = `wanted less than the timeout (${exactDuration(timeoutMs)})`
    const message = `${wanted}, got ${exactDuration(slow.afterMs)}`
    add('slowAfter', 'slow-after-over-timeout', message)
  }
  const hasFactor = merged.keys.has('slowFactor') && !isInherited(merged, 'slowFactor')
  if (slow === undefined && hasFactor) {
    add('slowFactor', 'slow-factor-without-use', 'needs slowAfter, which says what slow is')
  }
  if (check.portless === true && template.port !== undefined) {
    add('port', 'port-without-use', `a check of type ${check.kind} has no port; take this away`)
  }
  for (const one of remarks) remark(one)
  return remarks.length > 0
}

let commonJson: JsonSchema | undefined

function commonJsonSchema(): JsonSchema {
  commonJson ??= z.toJSONSchema(commonCheckSchema, { io: 'input', unrepresentable: 'any' })
  return commonJson
}
