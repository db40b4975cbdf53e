import { ServiceError } from '../../runtime/service-error.ts'

const MAX_REASON_CHARACTERS = 300

/**
 * What an error of the library means. Only its status and words are taken over: it carries the
 * whole request with the password in a header. Codes: `history.unavailable`, `history.unauthorised`
 * and `history.no-database` are worth another try, `history.too-large` with less at once, and
 * `history.refused` never is.
 */
export function influxError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  const status = statusOf(error)
  const reason = reasonOf(error)
  if (status === 404) return fault('history.no-database', reason, true)
  if (status === 401 || status === 403) return fault('history.unauthorised', reason, true)
  if (status === 413) return fault('history.too-large', reason, false)
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return fault('history.refused', reason, false)
  }
  return fault('history.unavailable', reason, true)
}

/** How many points of a batch InfluxDB says that it dropped (`partial write: … dropped=3`). */
export function droppedPoints({ message }: Error): number | undefined {
  const dropped = /dropped=(\d+)/.exec(message)?.[1]
  return dropped === undefined ? undefined : Number(dropped)
}

/** Words of InfluxDB for somebody who may not do that. */
export function isForbidden(message: string): boolean {
  return /not authori[sz]ed|authorization failed|requires admin/i.test(message)
}

function fault(code: string, reason: string, retryable: boolean): ServiceError {
  return new ServiceError(code, `InfluxDB: ${reason}`, { retryable })
}

function statusOf(error: unknown): number | undefined {
  const { res } = error as { res?: { statusCode?: unknown } }
  return typeof res?.statusCode === 'number' ? res.statusCode : undefined
}

/** `A 400 Bad Request error occurred: {"error":"…"}` is only worth its last part. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const inner = /\{"error":"((?:[^"\\]|\\.)*)"/.exec(message)?.[1]
  const code = (error as { code?: unknown }).code
  const text = inner ?? (message === '' && typeof code === 'string' ? code : message)
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_REASON_CHARACTERS)
}
