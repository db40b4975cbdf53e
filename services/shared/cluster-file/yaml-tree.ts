import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import type { Path } from './finding.ts'
import type { Rule } from './rules.ts'
import { isObject } from './values.ts'
import { createYamlReader, type Places, type Report } from './yaml-values.ts'

/** Bytes of the largest file that is read at all. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024

/** Line and column, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Something wrong with the text itself, before any key has a meaning. */
export interface YamlProblem {
  readonly position: Position
  readonly rule: Rule
  readonly message: string
  readonly path: Path
}

/** A YAML file as plain values that remember where they stood. */
export interface YamlTree {
  readonly value: unknown
  readonly problems: readonly YamlProblem[]
  /**
   * Position of a value or of its key; of the nearest enclosing key when the path leads nowhere.
   */
  locate(path: Path, key: boolean): Position
}

/** Reads YAML 1.2 with anchors and merge keys; never throws, whatever the text. */
export function readYamlTree(text: string): YamlTree {
  const lines = new LineCounter()
  const problems: YamlProblem[] = []
  const places = new WeakMap<object, Places>()

  function position(offset: number): Position {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  function report(offset: number, rule: Rule, message: string, path: Path): void {
    problems.push({ position: position(offset), rule, message, path })
  }
  const value = readText()
  return { value, problems, locate }

  function readText(): unknown {
    try {
      const document = parseText(text, lines, report)
      const lineOf = (offset: number) => position(offset).line
      return createYamlReader(places, report, lineOf)(document?.contents)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      report(0, 'malformed-yaml', 'the file is nested too deeply to be read', [])
      return undefined
    }
  }

  function locate(path: Path, key: boolean): Position {
    let current: unknown = value
    let offset = 0
    for (const [depth, part] of path.entries()) {
      const entry = isObject(current) ? places.get(current)?.get(part) : undefined
      if (entry === undefined) break
      offset = key || depth < path.length - 1 ? entry.key : entry.value
      current = (current as Record<string | number, unknown>)[part]
    }
    return position(offset)
  }
}

function parseText(text: string, lines: LineCounter, report: Report): Document | undefined {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    report(0, 'file-too-large', `the file is over ${MAX_FILE_BYTES / 1024 / 1024} MiB`, [])
    return undefined
  }
  const options = { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' } as const
  const documents: readonly Document[] = [
    ...parseAllDocuments(text, { ...options, prettyErrors: false }),
  ]
  const [first, second] = documents
  for (const document of documents) {
    for (const { pos, message } of document.errors) {
      report(pos[0], 'malformed-yaml', `not valid YAML: ${message.replaceAll(/\s+/g, ' ')}`, [])
    }
  }
  if (second !== undefined) {
    const message = 'a second YAML document begins here; a cluster file is one document'
    report(second.range?.[0] ?? 0, 'several-documents', message, [])
  }
  return first
}
