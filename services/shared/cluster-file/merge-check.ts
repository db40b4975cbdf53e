import { suggestKey } from '../domain/nearest-key.ts'
import {
  type CheckKinds,
  COMMON_CHECK_KEYS,
  optionsJsonSchema,
  TIMING_KEYS,
} from './check-schema.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { validKeysAt } from './valid-keys.ts'
import { describeValue, isMapping, quote } from './values.ts'

/** A check put together from its levels, each key still with the place it came from. */
export interface MergedCheck {
  readonly path: Path
  /** Absent in `defaults` that name no kind. */
  readonly kind?: string
  readonly keys: ReadonlyMap<string, { readonly value: unknown; readonly path: Path }>
}

/** A check as written somewhere, and what it stands on. */
export interface CheckToMerge {
  readonly written: unknown
  readonly path: Path
  readonly above: MergedCheck | undefined
  /** The kind when neither this level nor one above names one. */
  readonly defaultKind: string | undefined
}

/**
 * Lays what is written at `path` over the check of the level above. The same kind takes over
 * every key; another kind only those of timing. Returns `undefined` where the kind is unknown or
 * the value no check.
 */
export function mergeCheck(
  { written, path, above, defaultKind }: CheckToMerge,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): MergedCheck | undefined {
  const own = typeof written === 'string' ? { type: written } : written
  if (!isMapping(own)) {
    const message = `wanted a check such as { type: http }, got ${describeValue(written)}`
    remark({ path, rule: 'wrong-type', message })
    return undefined
  }
  const { type, ...rest } = own
  const kind = type === undefined ? (above?.kind ?? defaultKind) : type
  if (kind !== undefined && (typeof kind !== 'string' || !Object.hasOwn(kinds, kind))) {
    const names = Object.keys(kinds)
    const hint = typeof kind === 'string' ? suggestKey(kind, names) : ''
    const message = `wanted a kind of check, got ${describeValue(kind)}${hint}`
    const place = typeof written === 'string' ? path : [...path, 'type']
    remark({ path: place, rule: 'unknown-check-type', message })
    return undefined
  }
  const keys = new Map<string, { readonly value: unknown; readonly path: Path }>()
  const sameKind = above?.kind === undefined || above.kind === kind
  for (const [key, entry] of above?.keys ?? []) {
    if (sameKind || TIMING_KEYS.includes(key)) keys.set(key, entry)
  }
  const valid = validKeys(kind, kinds)
  for (const [key, value] of Object.entries(rest)) {
    const place = [...path, key]
    if (valid.includes(key)) keys.set(key, { value, path: place })
    else remark(unknownKey(key, place, kind, valid))
  }
  return { path, keys, ...(kind === undefined ? {} : { kind }) }
}

function unknownKey(
  key: string,
  path: Path,
  kind: string | undefined,
  valid: readonly string[],
): Remark {
  const message =
    kind === undefined
      ? `${quote(key)} is not a key of every check; give the type it belongs to, too`
      : `unknown key ${quote(key)} of a check of type ${kind}${suggestKey(key, valid)}`
  return { path, rule: 'unknown-key', message, atKey: true }
}

function validKeys(kind: string | undefined, kinds: CheckKinds): readonly string[] {
  const check = kind === undefined ? undefined : kinds[kind]
  const own = check === undefined ? [] : validKeysAt(optionsJsonSchema(check), [])
  return ['type', ...COMMON_CHECK_KEYS, ...own]
}
