import { NO_CONNECTIONS } from '../../../shared/domain/no-traffic.ts'
import type { PlannedAct, PlannedChange, PlannedField } from '../../../shared/domain/plan.ts'
import { serverKey } from '../../../shared/domain/server-key.ts'
import type {
  ConnectionCounts,
  CountedServer,
  CountedService,
  CountedTable,
  Table,
  TableServer,
  TableService,
} from '../../../shared/domain/table.ts'
import {
  type Difference,
  headDifferences,
  serverDifferences,
} from '../../../shared/domain/table-difference.ts'
import { type ServiceAddress, serviceKey } from '../../../shared/domain/virtual-service.ts'

/** The three tables of one director. */
export interface ThreeTables {
  readonly director: string
  /** What the file makes of it. */
  readonly desired: Table
  /** What we want there until now; absent where we write nothing. */
  readonly applied: Table | undefined
  readonly kernel: CountedTable
}

/** A step without names: those are the file's. */
export type TableStep = Pick<
  PlannedChange,
  'act' | 'directors' | 'fields' | 'by' | 'connections' | 'row'
> & { readonly service: ServiceAddress }

const NONE = 'none'

/**
 * The steps from what a kernel holds to what a file makes of it, each with what was wanted until
 * now. Services that are in neither are others' and stay out of it.
 */
export function compareTables({
  director,
  desired,
  applied = [],
  kernel,
}: ThreeTables): TableStep[] {
  const found = byKey(kernel)
  const before = byKey(applied)
  const steps: TableStep[] = []
  for (const service of desired) {
    const key = serviceKey(service.address)
    steps.push(...stepsOf(director, service, before.get(key), found.get(key)))
    found.delete(key)
  }
  for (const [key, service] of found) {
    if (!before.has(key)) continue
    const fields = [{ what: 'scheduler', kernel: service.scheduler, desired: NONE }]
    const connections = sumOf(service.servers)
    const step = { act: 'remove-service', by: 'file', fields, connections } as const
    steps.push({ ...step, service: service.address, directors: [director] })
  }
  return steps
}

/** Equal steps of several directors are one. */
export function mergeSteps(steps: readonly TableStep[]): readonly TableStep[] {
  const merged = new Map<string, TableStep>()
  for (const step of steps) {
    const { act, service, row, by, fields } = step
    const key = JSON.stringify([act, serviceKey(service), row, by, fields])
    const same = merged.get(key)
    const both = same && {
      ...same,
      directors: [...same.directors, ...step.directors],
      connections: add(same.connections, step.connections),
    }
    merged.set(key, both ?? step)
  }
  return [...merged.values()]
}

function stepsOf(
  director: string,
  want: TableService,
  before: TableService | undefined,
  found: CountedService | undefined,
): readonly TableStep[] {
  const steps: TableStep[] = []
  const place = { service: want.address, directors: [director] }
  const head = headFields(want, before, found)
  if (head.length > 0) {
    const act = found === undefined ? 'add-service' : 'change-service'
    const isOld = before !== undefined && headDifferences(want, before).length === 0
    const connections = sumOf(found?.servers ?? [])
    steps.push({ ...place, act, fields: head, by: isOld ? 'repair' : 'file', connections })
  }
  const wanted = rowsByKey(want.servers)
  const held = rowsByKey(found?.servers ?? [])
  const placed = rowsByKey(before?.servers ?? [])
  for (const row of new Set([...wanted.keys(), ...held.keys()])) {
    const [to, from, last] = [wanted.get(row), held.get(row), placed.get(row)]
    const fields = rowFields(to, last, from, before !== undefined)
    if (fields.length === 0) continue
    const act = actOn(to, from)
    const by = before !== undefined && isSame(to, last) ? 'repair' : 'file'
    const connections = from?.counts ?? NO_CONNECTIONS
    steps.push({ ...place, act, row, fields, by, connections })
  }
  return steps
}

function actOn(to: TableServer | undefined, from: TableServer | undefined): PlannedAct {
  if (to === undefined) return 'remove-server'
  return from === undefined ? 'add-server' : 'change-server'
}

function headFields(
  want: TableService,
  before: TableService | undefined,
  found: CountedService | undefined,
): readonly PlannedField[] {
  if (found === undefined) {
    const applied = before === undefined ? {} : { applied: before.scheduler }
    return [{ what: 'scheduler', kernel: NONE, ...applied, desired: want.scheduler }]
  }
  const last = before && headDifferences(want, before)
  return headDifferences(want, found).map((one) => fieldOf(one, last))
}

function rowFields(
  want: TableServer | undefined,
  before: TableServer | undefined,
  found: CountedServer | undefined,
  isManaged: boolean,
): readonly PlannedField[] {
  if (want !== undefined && found !== undefined) {
    const last = before && serverDifferences(want, before)
    return serverDifferences(want, found).map((one) => fieldOf(one, last))
  }
  if (want === undefined && found === undefined) return []
  const weightOf = (row: TableServer | undefined) => (row === undefined ? NONE : `${row.weight}`)
  const applied = isManaged ? { applied: weightOf(before) } : {}
  return [{ what: 'weight', kernel: weightOf(found), ...applied, desired: weightOf(want) }]
}

function fieldOf(
  { what, was: desired, now: kernel }: Difference,
  last: readonly Difference[] | undefined,
): PlannedField {
  if (last === undefined) return { what, kernel, desired }
  return { what, kernel, applied: last.find((one) => one.what === what)?.now ?? desired, desired }
}

function isSame(a: TableServer | undefined, b: TableServer | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return serverDifferences(a, b).length === 0
}

function byKey<Service extends { readonly address: ServiceAddress }>(table: readonly Service[]) {
  return new Map(table.map((service) => [serviceKey(service.address), service]))
}

function rowsByKey<Row extends TableServer>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [serverKey(row), row]))
}

function sumOf(rows: readonly CountedServer[]): ConnectionCounts {
  return rows.reduce((sum, { counts }) => add(sum, counts), NO_CONNECTIONS)
}

function add(a: ConnectionCounts, b: ConnectionCounts): ConnectionCounts {
  return {
    active: a.active + b.active,
    inactive: a.inactive + b.inactive,
    persistent: a.persistent + b.persistent,
  }
}
