import { type Finding, formatFinding } from '../shared/cluster-file/finding.ts'
import type { Style } from './style.ts'
import { oneLine } from './text-width.ts'

/** A finding in one line, whatever its texts hold. */
export function findingLine(finding: Finding, style: Style): string {
  const paint = { error: style.bad, warning: style.warn, advice: style.faint }[finding.severity]
  const plain = {
    ...finding,
    file: oneLine(finding.file),
    path: oneLine(finding.path),
    message: oneLine(finding.message),
  }
  const { severity } = finding
  return formatFinding(plain).replace(`: ${severity}: `, `: ${paint(severity)}: `)
}

/** `2 errors`, `1 warning`. */
export function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? '' : 's'}`
}
