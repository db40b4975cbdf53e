import { measurementSpec } from '../domain/measurements.ts'
import { type HistoryQuery, MOST_WINDOWS, SHORTEST_STEP_MS } from '../ports/history.ts'
import { ServiceError } from '../runtime/service-error.ts'

/**
 * What every history refuses. Throws a `ServiceError`: `history.unsupported` for what is not
 * declared, `history.too-much` for more windows than a chart can have.
 */
export function checkQuery(query: HistoryQuery): void {
  const { measurement, fields, where, groupBy, fromMs, toMs, stepMs } = query
  const spec = measurementSpec(measurement)
  if (spec.kind === 'event') throw unsupported(`${measurement} has events, not samples`)
  for (const { field, by } of fields) {
    if (spec.fields[field]?.rollUps.includes(by) === true) continue
    throw unsupported(`${measurement} keeps no ${by} of ${field}`)
  }
  for (const tag of [...groupBy, ...Object.keys(where)]) {
    if (spec.tags[tag] === undefined) throw unsupported(`${measurement} has no tag ${tag}`)
  }
  if (fields.length === 0) throw unsupported('a query needs a field')
  if (stepMs < SHORTEST_STEP_MS || stepMs % SHORTEST_STEP_MS !== 0) {
    throw unsupported(`windows are multiples of ${SHORTEST_STEP_MS} ms, not ${stepMs} ms`)
  }
  const windows = Math.ceil((toMs - fromMs) / stepMs)
  if (!(windows >= 0 && windows <= MOST_WINDOWS)) {
    throw new ServiceError('history.too-much', `${windows} windows: at most ${MOST_WINDOWS}`)
  }
}

function unsupported(message: string): ServiceError {
  return new ServiceError('history.unsupported', message)
}
