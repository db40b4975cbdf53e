/** How something is. `skipped`: it could not be looked at, or is of no concern here. */
export type Verdict = 'ok' | 'warning' | 'bad' | 'skipped'

/** One thing that was looked at. */
export interface DoctorFinding {
  /** What: `sysctls`, `arp`, `vip`, … */
  readonly check: string
  readonly verdict: Verdict
  /** What was seen, with its source. */
  readonly evidence: string
  /** The command that mends it. */
  readonly mend?: string
}

/** What one look gives; most have several findings or none. */
export type Findings = readonly DoctorFinding[]

/** As it should be. */
export function ok(check: string, evidence: string): DoctorFinding {
  return { check, verdict: 'ok', evidence }
}

/** Works, but bites. */
export function warning(check: string, evidence: string, mend?: string): DoctorFinding {
  return { check, verdict: 'warning', evidence, ...(mend !== undefined && { mend }) }
}

/** Does not work. */
export function bad(check: string, evidence: string, mend?: string): DoctorFinding {
  return { check, verdict: 'bad', evidence, ...(mend !== undefined && { mend }) }
}

/** Not looked at, and why. */
export function skipped(check: string, evidence: string): DoctorFinding {
  return { check, verdict: 'skipped', evidence }
}
