import type { CheckKinds } from './check-schema.ts'
import type { WrittenFile } from './file-schema.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { mergeCheck } from './merge-check.ts'
import { type CheckTemplate, readCheck } from './read-check.ts'
import type { WrittenHost } from './server-address.ts'
import type { WrittenCanary } from './vantage-schema.ts'

/** Canaries are looked at more often than real servers: they decide whose word counts. */
const INTERVAL = '1s'

/** A canary with its check read. */
export interface CanaryDraft {
  readonly address: WrittenHost
  readonly path: Path
  readonly template: CheckTemplate
}

/** A vantage with the checks of its canaries read. */
export interface VantageDraft {
  readonly name: string
  readonly canaries: readonly CanaryDraft[]
}

/** Reads the vantages of a file; `defaults` are for real servers, not for canaries. */
export function draftVantages(
  file: WrittenFile,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): readonly VantageDraft[] {
  return Object.entries(file.vantages ?? {}).map(([name, written]) => {
    const canaries = (written?.canaries ?? []).flatMap((canary, index) => {
      const draft = draftCanary(canary, ['vantages', name, 'canaries', index], kinds, remark)
      return draft === undefined ? [] : [draft]
    })
    return { name, canaries }
  })
}

function draftCanary(
  canary: WrittenCanary,
  path: Path,
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): CanaryDraft | undefined {
  const { address, check = {} } = 'address' in canary ? canary : { address: canary }
  const place = 'address' in canary ? [...path, 'check'] : path
  const above = { path: place, keys: new Map([['interval', { value: INTERVAL, path: place }]]) }
  const merged = mergeCheck(
    { written: check, path: place, above, defaultKind: 'icmp' },
    kinds,
    remark,
  )
  const template = merged && readCheck(merged, kinds, remark)
  return template && { address, path, template }
}
