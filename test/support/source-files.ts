import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with package.json in it. */
export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** A text file of the project, as the rules of tidiness see it. */
export interface SourceFile {
  /** From the project's folder, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  /** Without comments and the contents of strings, line by line the same. */
  readonly code: string
  readonly imports: readonly Import[]
}

/** One import or re-export of a module. */
export interface Import {
  /** As written: `node:fs`, `zod`, `../ports/bus.ts`. */
  readonly from: string
  /** Path of a file of the project, for a relative import. */
  readonly file?: string
  readonly isTypeOnly: boolean
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.tmp'])
const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
const IMPORT = /^(?:import|export)\b(?<what>[^'"`;]*?)\bfrom '(?<from>[^']+)'/gm
const BARE_IMPORT = /(?:^import |\bimport\()'(?<from>[^']+)'/gm

/** Every file below these folders (or these files) with one of the endings. */
export function readSources(roots: readonly string[], endings: readonly string[]): SourceFile[] {
  return roots
    .flatMap(listFiles)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map(readSource)
}

function listFiles(path: string): string[] {
  const full = join(projectDir, path)
  if (!existsSync(full)) return []
  if (!/^[^.]*$/.test(posix.basename(path))) return [path]
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const inner = posix.join(path, entry.name)
    if (entry.isDirectory()) return listFiles(inner)
    return entry.isFile() ? [inner] : []
  })
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(projectDir, path), 'utf8')
  return {
    path,
    text,
    lines: text.trimEnd().split('\n'),
    code: text.replace(COMMENT_OR_STRING, (part) => part.replace(/[^\n]/g, ' ')),
    imports: readImports(path, text),
  }
}

function readImports(path: string, text: string): Import[] {
  const found: { from: string; isTypeOnly: boolean }[] = []
  for (const { groups } of text.matchAll(IMPORT)) {
    const { what = '', from = '' } = groups ?? {}
    found.push({ from, isTypeOnly: isTypeOnly(what) })
  }
  for (const { groups } of text.matchAll(BARE_IMPORT)) {
    found.push({ from: groups?.['from'] ?? '', isTypeOnly: false })
  }
  return found.map((one) =>
    one.from.startsWith('.') ? { ...one, file: posix.join(posix.dirname(path), one.from) } : one,
  )
}

/** `type { A }`, or braces in which each name says `type`. */
function isTypeOnly(what: string): boolean {
  const trimmed = what.trim()
  if (trimmed.startsWith('type ')) return true
  if (!trimmed.startsWith('{')) return false
  const names = trimmed.slice(1, -1).split(',')
  return names.map((name) => name.trim()).every((name) => name === '' || name.startsWith('type '))
}
