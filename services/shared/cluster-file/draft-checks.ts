import type { CheckKinds } from './check-schema.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import { type MergedCheck, mergeCheck } from './merge-check.ts'
import { type CheckTemplate, readCheck, reviewDefaultCheck } from './read-check.ts'

/** What a level says about checks, laid over the levels above it. */
export interface CheckLevel {
  /** What a `check` below takes its keys from. */
  readonly base?: MergedCheck
  /**
   * The checks in force here; absent when no level has said anything, which is not the same as
   * none.
   */
  readonly list?: readonly MergedCheck[]
}

interface CheckSettings {
  readonly check?: unknown
  readonly checks?: readonly unknown[] | undefined
}

/** Reads checks level by level: `defaults`, the service, the real server. */
export interface CheckDrafter {
  defaults(settings: CheckSettings): CheckLevel
  layer(settings: CheckSettings, path: Path, above: CheckLevel, defaultKind: string): CheckLevel
  /** The checks of a level with their values read; wrong ones are remarked and left out. */
  templates(level: CheckLevel, path: Path, defaultKind: string): readonly CheckTemplate[]
}

/** A drafter for one file. */
export function createCheckDrafter(
  kinds: CheckKinds,
  remark: (remark: Remark) => void,
): CheckDrafter {
  const read = new Map<MergedCheck, CheckTemplate | undefined>()

  function layerAt(
    settings: CheckSettings,
    path: Path,
    above: CheckLevel,
    defaultKind: string | undefined,
  ): CheckLevel {
    const { check, checks } = settings
    const merge = (written: unknown, at: Path) =>
      mergeCheck({ written, path: at, above: above.base, defaultKind }, kinds, remark)
    if (check !== undefined && checks !== undefined) {
      const message = 'give either check or checks; checks takes one, too'
      remark({ path: [...path, 'checks'], rule: 'check-and-checks', message, atKey: true })
    }
    if (check === 'none') return { ...above, list: [] }
    if (check !== undefined) {
      const merged = merge(check, [...path, 'check'])
      if (merged === undefined) return { ...above, list: [] }
      return { base: merged, list: [merged] }
    }
    if (checks === undefined) return above
    if (checks.length === 0) {
      const message = 'wanted at least one check; write check: none for no check at all'
      remark({ path: [...path, 'checks'], rule: 'empty-checks', message })
    }
    const list = checks.map((one, index) => merge(one, [...path, 'checks', index]))
    return { ...above, list: list.filter((merged) => merged !== undefined) }
  }

  function templateOf(merged: MergedCheck): CheckTemplate | undefined {
    if (!read.has(merged)) read.set(merged, readCheck(merged, kinds, remark))
    return read.get(merged)
  }

  return {
    defaults(settings) {
      const level = layerAt(settings, ['defaults'], {}, undefined)
      for (const merged of level.list ?? []) reviewDefaultCheck(merged, kinds, remark)
      const whole = level.list?.every((merged) => merged.kind !== undefined) ?? false
      if (whole) return level
      for (const [index] of (settings.checks ?? []).entries()) {
        if (level.list?.[index]?.kind !== undefined) continue
        const path = ['defaults', 'checks', index]
        remark({ path, rule: 'missing-key', message: 'missing key type of this check' })
      }
      return level.base === undefined ? {} : { base: level.base }
    },
    layer: layerAt,
    templates(level, path, defaultKind) {
      const list = level.list ?? layerAt({ check: {} }, path, level, defaultKind).list ?? []
      return list.map(templateOf).filter((template) => template !== undefined)
    },
  }
}
