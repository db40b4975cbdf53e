import type { Clock } from '../ports/clock.ts'
import { ServiceError } from '../runtime/service-error.ts'

/**
 * Waits no longer than so many milliseconds; rejects with `coordination.timeout` then. The work
 * itself goes on, and what becomes of it is not looked at any more.
 */
export function within<Result>(
  clock: Clock,
  limitMs: number,
  work: Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => {
      const message = `no answer within ${limitMs} ms`
      reject(new ServiceError('coordination.timeout', message, { retryable: true }))
    })
    work.finally(cancel).then(resolve, reject)
  })
}
