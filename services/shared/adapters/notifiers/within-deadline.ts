import type { Clock } from '../../ports/clock.ts'

/** Ran out of time, or of patience: told apart from what the work itself throws. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** How long the work may take. */
export interface Deadline {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Ends it earlier. */
  readonly signal: AbortSignal
}

/** The work's signal is aborted with a `DeadlineError` when its time is over or nobody waits. */
export async function withinDeadline<Result>(
  { clock, timeoutMs, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController()
  const stop = () => ending.abort(new DeadlineError('the alerter stops'))
  const cancel = clock.after(timeoutMs, () => {
    ending.abort(new DeadlineError(`no answer within ${timeoutMs / 1000} s`))
  })
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    return await work(ending.signal)
  } finally {
    cancel()
    signal.removeEventListener('abort', stop)
  }
}
