import type { DirectorReport } from '../../shared/domain/director-report.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type { CountedTable, Table } from '../../shared/domain/table.ts'
import { headDifferences, serverDifferences } from '../../shared/domain/table-difference.ts'
import { serviceKey } from '../../shared/domain/virtual-service.ts'
import { clearAlert, directorAlertKey, raiseAlert } from './alerts.ts'
import type { Command } from './command.ts'
import type { ControllerState } from './state.ts'
import { tableFor } from './table.ts'

/** A director may take so long to apply a table. */
const PATIENCE_MS = 5000
const MAX_DIFFERENCES = 5

/**
 * Compares what each director holds with what it should, while leading. Directors that all hold
 * what they should are like each other.
 */
export function watchParity(state: ControllerState, at: number): readonly Command[] {
  if (state.role !== 'leading') {
    state.disparities.clear()
    return []
  }
  const commands: Command[] = []
  for (const report of state.directors.values()) {
    if (report.shadow === true) continue
    if (state.adopted.has(report.director)) commands.push(...compare(state, report, at))
  }
  return commands
}

function compare(state: ControllerState, report: DirectorReport, at: number): readonly Command[] {
  const { director } = report
  const key = directorAlertKey('differs', director)
  const differences = report.problem === undefined ? differencesOf(state, report) : []
  if (differences.length === 0) {
    state.disparities.delete(director)
    return clearAlert(state, key, at)
  }
  const since = state.disparities.get(director)?.since ?? at
  state.disparities.set(director, { since, differences })
  if (at - since < PATIENCE_MS) return []
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : ''
  const message =
    `director ${director} has not held what it should for ${formatDuration(at - since)}: ` +
    `${differences[0]}${more}`
  return raiseAlert(state, { key, severity: 'warning', message, since: at })
}

function differencesOf(state: ControllerState, report: DirectorReport): readonly string[] {
  const { epoch, generation } = report
  if (epoch !== state.epoch || generation !== state.generation) {
    const wanted = `${state.generation} of epoch ${state.epoch}`
    return [`it holds generation ${generation} of epoch ${epoch}, wanted ${wanted}`]
  }
  return tableDifferences(tableFor(state, report.director), report.services)
}

/** What is otherwise than wanted, in words, the first few; services of others do not count. */
export function tableDifferences(want: Table, found: CountedTable): readonly string[] {
  const there = new Map(found.map((service) => [serviceKey(service.address), service]))
  const said: string[] = []
  for (const service of want) {
    const name = serviceKey(service.address)
    const actual = there.get(name)
    if (actual === undefined) said.push(`${name} is missing`)
    else {
      for (const { what, was, now } of headDifferences(service, actual)) {
        said.push(`${name}: wanted ${what} ${was}, found ${now}`)
      }
      const rows = new Map(actual.servers.map((row) => [serverKey(row), row]))
      for (const row of service.servers) {
        const place = serverKey(row)
        const other = rows.get(place)
        rows.delete(place)
        if (other === undefined) said.push(`${name}: ${place} is missing`)
        else {
          for (const { what, was, now } of serverDifferences(row, other)) {
            said.push(`${name}: ${place}: wanted ${what} ${was}, found ${now}`)
          }
        }
        if (said.length >= MAX_DIFFERENCES) return said
      }
      for (const place of rows.keys()) said.push(`${name}: ${place} should not be there`)
    }
    if (said.length >= MAX_DIFFERENCES) return said
  }
  return said
}
