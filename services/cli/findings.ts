import type { Finding } from '../shared/cluster-file/finding.ts'
import type { Style } from './style.ts'
import { oneLine } from './text-width.ts'

/** `file:line:column: error: path: message [rule]`, as editors and grep read it. */
export function findingLine(finding: Finding, style: Style): string {
  const { file, line, column, severity, path, message, rule } = finding
  const paint = severity === 'error' ? style.bad : style.warn
  const what = oneLine(`${path === '' ? '' : `${path}: `}${message} [${rule}]`)
  return `${oneLine(file)}:${line}:${column}: ${paint(severity)}: ${what}`
}

/** `2 errors`, `1 warning`. */
export function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? '' : 's'}`
}
