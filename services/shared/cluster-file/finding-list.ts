import { type Finding, formatPath, type Path } from './finding.ts'
import type { Rule } from './rules.ts'
import type { Position, YamlTree } from './yaml-tree.ts'

/** A rule broken or a trap met, not yet placed in the file. */
export interface Remark {
  readonly path: Path
  readonly rule: Rule
  readonly message: string
  /** Point at the key instead of its value. */
  readonly atKey?: boolean
  /** Where it is, for what has no path: broken YAML. */
  readonly position?: Position
}

/** Collects findings of one file; the same thing said twice of one place counts once. */
export interface FindingList {
  error(remark: Remark): void
  warn(remark: Remark): void
  advise(remark: Remark): void
  /** Errors in file order. */
  errors(): readonly Finding[]
  /** Warnings in file order. */
  warnings(): readonly Finding[]
  /** Advice in file order. */
  advice(): readonly Finding[]
}

/** An empty list whose remarks are placed in this tree. */
export function createFindingList(file: string, tree: YamlTree): FindingList {
  const found = new Map<string, Finding>()

  function add(severity: Finding['severity'], { path, rule, message, ...where }: Remark): void {
    const { line, column } = where.position ?? tree.locate(path, where.atKey ?? false)
    const key = `${line}:${column}:${rule}:${message}`
    if (found.has(key)) return
    found.set(key, { severity, rule, file, line, column, path: formatPath(path), message })
  }

  function sorted(severity: Finding['severity']): readonly Finding[] {
    return [...found.values()]
      .filter((finding) => finding.severity === severity)
      .sort((a, b) => a.line - b.line || a.column - b.column)
  }

  return {
    error: (remark) => add('error', remark),
    warn: (remark) => add('warning', remark),
    advise: (remark) => add('advice', remark),
    errors: () => sorted('error'),
    warnings: () => sorted('warning'),
    advice: () => sorted('advice'),
  }
}
