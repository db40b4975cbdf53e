import type { DirectorReport } from '../../shared/domain/director-report.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import { serverKey } from '../../shared/domain/server-key.ts'
import type { CountedTable, Table } from '../../shared/domain/table.ts'
import { headDifferences, serverDifferences } from '../../shared/domain/table-difference.ts'
import { serviceKey } from '../../shared/domain/virtual-service.ts'
import type { Command } from './command.ts'
import { explainPlacement } from './explain.ts'
import type { ControllerState, ServerState } from './state.ts'
import { tableFor } from './table.ts'

/** Two monitors never see a failure at the same moment: what lasts shorter is no event. */
const PATIENCE_MS = 5000
/** A gap between two looks counts for no more: nobody was looking. */
const MAX_GAP_MS = 2000

/** Something in the table that we would have otherwise. */
export interface Disagreement {
  readonly since: number
  readonly said: string
  /** It is in the event log. */
  readonly told: boolean
  readonly service: string
  readonly server?: string
}

/** How a director in shadow compares. */
export interface Shadow {
  readonly since: number
  readonly lookedAt: number
  /** Rows and services now, and how many of them are as we would have them. */
  readonly rows: number
  readonly same: number
  /** The same over time, in milliseconds. */
  readonly rowMs: number
  readonly sameMs: number
  /** By place in the table. */
  readonly disagreements: ReadonlyMap<string, Disagreement>
}

/**
 * Compares what directors in shadow hold, by the hand of somebody else, with what we would have
 * there. What differs for a while goes to the event log, and so does its end.
 */
export function watchShadows(state: ControllerState, at: number): readonly Command[] {
  const commands: Command[] = []
  for (const [name, report] of state.directors) {
    if (state.role !== 'leading' || report.shadow !== true || !state.adopted.has(name)) {
      state.shadows.delete(name)
    } else if (report.problem === undefined) commands.push(...look(state, report, at))
  }
  return commands
}

function look(state: ControllerState, report: DirectorReport, at: number): readonly Command[] {
  const { director } = report
  const before = state.shadows.get(director)
  const found = compare(state, tableFor(state, director), report.services)
  const gapMs = Math.min(Math.max(0, at - (before?.lookedAt ?? at)), MAX_GAP_MS)
  const same = found.rows - found.differing.size
  const commands: Command[] = []
  const disagreements = new Map<string, Disagreement>()
  for (const [place, seen] of found.differing) {
    const { since = at, told = false } = before?.disagreements.get(place) ?? {}
    const isNews = !told && at - since >= PATIENCE_MS
    disagreements.set(place, { ...seen, since, told: told || isNews })
    if (isNews) commands.push(record(director, seen, 'shadow-differs', seen.said, at))
  }
  for (const [place, old] of before?.disagreements ?? []) {
    if (!old.told || disagreements.has(place)) continue
    const message = `${place} is as it should be again, after ${formatDuration(at - old.since)}`
    commands.push(record(director, old, 'shadow-agrees', message, at))
  }
  state.shadows.set(director, {
    since: before?.since ?? at,
    lookedAt: at,
    rows: found.rows,
    same,
    rowMs: (before?.rowMs ?? 0) + found.rows * gapMs,
    sameMs: (before?.sameMs ?? 0) + same * gapMs,
    disagreements,
  })
  return commands
}

type Seen = Pick<Disagreement, 'said' | 'service' | 'server'>

function compare(state: ControllerState, want: Table, found: CountedTable) {
  const there = new Map(found.map((service) => [serviceKey(service.address), service]))
  const names = new Map(
    Array.from(state.services.values(), (service) => [serviceKey(service.config.address), service]),
  )
  const differing = new Map<string, Seen>()
  let rows = 0
  for (const service of want) {
    const known = names.get(serviceKey(service.address))
    const name = known?.config.name ?? serviceKey(service.address)
    const actual = there.get(serviceKey(service.address))
    const heads = actual === undefined ? [] : headDifferences(service, actual)
    rows++
    if (actual === undefined) {
      differing.set(name, { service: name, said: `${name} is missing in the table` })
    } else if (heads.length > 0) {
      const words = heads.map(({ what, was, now }) => `${what} ${was}, the table has ${now}`)
      differing.set(name, { service: name, said: `${name}: we would have ${words.join('; ')}` })
    }
    const servers = new Map(known?.servers.map((one) => [serverKey(one.config), one]))
    const wanted = new Map(service.servers.map((row) => [serverKey(row), row]))
    const held = new Map(actual?.servers.map((row) => [serverKey(row), row]))
    for (const place of new Set([...wanted.keys(), ...held.keys()])) {
      rows++
      const [to, is] = [wanted.get(place), held.get(place)]
      const fields = to && is ? serverDifferences(to, is) : undefined
      if (fields?.length === 0) continue
      const server = servers.get(place)
      const words = fields?.map(({ what, was, now }) => `${what} ${was}, the table has ${now}`) ?? [
        `${to ? `weight ${to.weight}` : 'no row'}, the table has ${
          is ? `weight ${is.weight}` : 'no row'
        }`,
      ]
      const label = `${name}/${server?.config.name ?? place}`
      const said = `${label}: we would have ${words.join('; ')}${because(server)}`
      const own = server === undefined ? {} : { server: server.config.name }
      differing.set(label, { service: name, ...own, said })
    }
  }
  return { rows, differing }
}

function because(server: ServerState | undefined): string {
  return server === undefined ? '' : `: ${explainPlacement(server)}`
}

function record(
  director: string,
  { service, server }: Seen,
  type: 'shadow-differs' | 'shadow-agrees',
  said: string,
  at: number,
): Command {
  const where = server === undefined ? { service } : { service, server }
  const message = `${director} in shadow: ${said}`
  return { type: 'record-event', event: { at, type, director, ...where, message } }
}
