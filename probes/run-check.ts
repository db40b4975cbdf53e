import type { CheckContext, Deadline, Pushed, Transcript } from './check.ts'
import { type Check, degraded, fail, inconclusive, type Outcome, type Target } from './check.ts'
import { CheckError } from './network-error.ts'
import { RunDeadline } from './run-deadline.ts'

/** What bounds one run. */
export interface RunLimits {
  /** The whole budget of the run, in milliseconds. */
  readonly timeoutMs: number
  /** Hears what is said and heard; leave it out on the hot path. */
  readonly transcript?: Transcript
  /** A pass that took longer is degraded to this factor, `<kind>.slow`. */
  readonly slow?: SlowLimit
  /** For `push`: what the server has said of itself. */
  readonly pushed?: Pushed
  /** Ends the run before its time, for example because the prober stops. */
  readonly stop?: Deadline
}

/** When an answer is slow, and what a slow one leaves of the weight. */
export interface SlowLimit {
  readonly afterMs: number
  /** Share of the configured weight, 0 to 1. */
  readonly factor: number
}

/** One finished run. */
export interface RunResult {
  readonly outcome: Outcome
  /** From the call to the verdict, by the monotonic clock, with fractions. */
  readonly durationMs: number
}

/**
 * Runs a check once: the only deadline, the only stopwatch, the only catch. A sick server and local
 * trouble are outcomes; a run that was stopped is `inconclusive` (`run.stopped`), and so is one
 * whose time went by because this process stood still (`run.stalled`).
 *
 * @throws whatever else the check throws: a programmer error.
 */
export function runCheck<Options>(
  check: Check<Options>,
  target: Target,
  options: Options,
  limits: RunLimits,
): Promise<RunResult> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const deadline = new RunDeadline(limits.timeoutMs, startedAt, limits.stop)
    const settle = (outcome: Outcome): void => {
      const endedAt = performance.now()
      const stalledMs = deadline.stalledMs(endedAt)
      deadline.disarm()
      const durationMs = endedAt - startedAt
      const seen =
        disturbed(deadline) ?? slowed(outcome, check.kind, durationMs - stalledMs, limits.slow)
      resolve({ outcome: seen, durationMs })
    }
    // A check that overlooks its deadline still ends; its own, better verdict comes before this.
    deadline.onOverrun = () => {
      settle(fail('protocol', `${check.kind}.timeout`, `no verdict in ${limits.timeoutMs} ms`))
    }
    check.run(target, options, contextOf(limits, deadline)).then(settle, (error: unknown) => {
      deadline.disarm()
      if (error instanceof CheckError) settle(error.outcome)
      else reject(error)
    })
  })
}

/** What ended the run and says nothing about the server. */
function disturbed({ stopped, heldUpMs }: RunDeadline): Outcome | undefined {
  if (stopped) return inconclusive('run.stopped', 'the run was stopped')
  if (heldUpMs === 0) return undefined
  const time = `${Math.round(heldUpMs)} ms`
  return inconclusive('run.stalled', `no verdict in time, but this process stood still for ${time}`)
}

/** The lower factor holds where a check is degraded already; failures stay what they are. */
function slowed(
  outcome: Outcome,
  kind: string,
  durationMs: number,
  slow: SlowLimit | undefined,
): Outcome {
  if (slow === undefined || durationMs <= slow.afterMs) return outcome
  if (outcome.outcome !== 'pass' && outcome.outcome !== 'degraded') return outcome
  if (outcome.outcome === 'degraded' && outcome.factor <= slow.factor) return outcome
  const took = `took ${Math.round(durationMs)} ms, want at most ${slow.afterMs} ms`
  return degraded(slow.factor, `${kind}.slow`, `${took}: ${outcome.detail}`)
}

function contextOf(limits: RunLimits, deadline: Deadline): CheckContext {
  const { timeoutMs, transcript, pushed } = limits
  if (transcript === undefined && pushed === undefined) return { deadline, timeoutMs }
  return { deadline, timeoutMs, ...(transcript && { transcript }), ...(pushed && { pushed }) }
}
