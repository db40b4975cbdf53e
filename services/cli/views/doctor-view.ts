import type { DoctorFinding, Verdict } from '../doctor/finding.ts'
import type { Style } from '../style.ts'
import { oneLine } from '../text-width.ts'

const MARKS: Readonly<Record<Verdict, string>> = {
  ok: 'ok  ',
  warning: '!   ',
  bad: '!!  ',
  skipped: '-   ',
}
const CHECK_WIDTH = 11

/** One line a finding, and one with the command that mends it. */
export function doctorLines(findings: readonly DoctorFinding[], style: Style): readonly string[] {
  const paints = { ok: style.good, warning: style.warn, bad: style.bad, skipped: style.faint }
  return findings.flatMap(({ check, verdict, evidence, mend }) => {
    const line = `${MARKS[verdict]}${check.padEnd(CHECK_WIDTH)} ${oneLine(evidence)}`
    const painted = paints[verdict](line)
    if (mend === undefined) return [painted]
    return [painted, `${' '.repeat(MARKS.ok.length + CHECK_WIDTH + 1)}mend: ${oneLine(mend)}`]
  })
}
