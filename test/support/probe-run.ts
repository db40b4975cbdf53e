import type { Check, Outcome, Target, Transcript } from '../../probes/check.ts'
import { runCheck } from '../../probes/run-check.ts'
import { type Behaviour, startHostileServer } from './hostile-server.ts'

/** Runs a check once with options as a user writes them. */
export async function probe<Options>(
  check: Check<Options>,
  target: Target,
  options: unknown = {},
  timeoutMs = 5000,
): Promise<Outcome> {
  const result = await runCheck(check, target, check.options.parse(options), { timeoutMs })
  return result.outcome
}

/** `pass`, or the code: what most tests look at. */
export function verdict(outcome: Outcome): string {
  return outcome.outcome === 'pass' ? 'pass' : `${outcome.outcome} ${outcome.code}`
}

/** The verdict on a server that behaves so, and that it left no connection and few bytes behind. */
export async function verdictOn<Options>(
  check: Check<Options>,
  behaviour: Behaviour,
  { options = {}, timeoutMs = 400, family = 4 }: HostileRun = {},
): Promise<string> {
  const server = await startHostileServer(behaviour, family)
  try {
    return verdict(await probe(check, server.target, options, timeoutMs))
  } finally {
    await server.close()
  }
}

/** How to run a check against a hostile server. */
export interface HostileRun {
  readonly options?: unknown
  readonly timeoutMs?: number
  readonly family?: 4 | 6
}

/** Keeps what was said and heard. */
export class TranscriptRecorder implements Transcript {
  readonly lines: string[] = []

  sent(text: string): void {
    this.lines.push(`> ${text}`)
  }

  received(text: string): void {
    this.lines.push(`< ${text}`)
  }

  note(text: string): void {
    this.lines.push(`* ${text}`)
  }
}
