import { compareVersions } from '../../../shared/domain/desired-table.ts'
import type { DrainPhase } from '../../../shared/domain/drain-phase.ts'
import { NO_CONNECTIONS } from '../../../shared/domain/no-traffic.ts'
import type { ConnectionCounts } from '../../../shared/domain/table.ts'
import { directorsOf } from '../directors.ts'
import { findRow } from '../hear-director.ts'
import type { ControllerState, ServerState } from '../state.ts'
import { timeLeft } from './decay.ts'
import { drainPlan } from './drain-plan.ts'

/** What one director says of a drain. */
export interface DirectorDrain {
  readonly name: string
  /** Of its row; `undefined` as long as it has not said that it holds what was decided. */
  readonly counts: ConnectionCounts | undefined
}

/** A drain in one service, over all directors. */
export interface DrainProgress {
  readonly phase: DrainPhase
  readonly directors: readonly DirectorDrain[]
  /** How long until nothing is left, by how connections have ended so far. */
  readonly leftMs: number | undefined
  /** What the kernel makes of it, in words. */
  readonly remarks: readonly string[]
}

interface Look extends DirectorDrain {
  readonly hasRow: boolean
  readonly templates: boolean
}

/** Where the drain of a real server stands; `undefined` when it is under none. */
export function drainProgress(
  state: ControllerState,
  server: ServerState,
): DrainProgress | undefined {
  const { because } = server.placement
  if (because.type !== 'override' || because.override.kind !== 'drain') return undefined
  const looks = directorsOf(state, server.service).map((name) => lookAt(state, server, name))
  const phase = because.phase === 'draining' ? phaseOfWaiting(looks) : phaseOfEnd(server, looks)
  const isWaiting = phase === 'connections' || phase === 'templates'
  const leftMs = isWaiting && server.decay ? timeLeft(server.decay) : undefined
  const directors = looks.map(({ name, counts }) => ({ name, counts }))
  return { phase, directors, leftMs, remarks: remarksOn(state, server) }
}

/** What the kernels make of a drain of this real server, each once. */
export function remarksOn(state: ControllerState, server: ServerState): readonly string[] {
  const remarks = new Set<string>()
  for (const { sysctls } of state.directors.values()) {
    for (const remark of drainPlan(server.service.config, sysctls).remarks) remarks.add(remark)
  }
  return [...remarks]
}

function lookAt(state: ControllerState, server: ServerState, name: string): Look {
  const report = state.directors.get(name)
  const placed = { epoch: state.epoch, generation: server.placedBy }
  const isCurrent =
    report !== undefined && report.problem === undefined && compareVersions(report, placed) >= 0
  if (!isCurrent) return { name, counts: undefined, hasRow: true, templates: false }
  const row = findRow(report, server)
  const { templates } = drainPlan(server.service.config, report.sysctls)
  if (row === undefined) return { name, counts: NO_CONNECTIONS, hasRow: false, templates }
  return { name, counts: row.weight === 0 ? row.counts : undefined, hasRow: true, templates }
}

function phaseOfWaiting(looks: readonly Look[]): DrainPhase {
  if (looks.length === 0 || looks.some(({ counts }) => counts === undefined)) return 'starting'
  const hasConnections = looks.some(
    ({ counts = NO_CONNECTIONS }) => counts.active + counts.inactive > 0,
  )
  if (hasConnections) return 'connections'
  const hasTemplates = looks.some(({ counts = NO_CONNECTIONS, templates }) => {
    return templates && counts.persistent > 0
  })
  return hasTemplates ? 'templates' : 'starting'
}

function phaseOfEnd({ drained, cutShort }: ServerState, looks: readonly Look[]): DrainPhase {
  if (drained && cutShort === undefined) return 'done'
  if (looks.some(({ hasRow }) => hasRow)) return 'leaving'
  return cutShort === undefined ? 'out' : 'cut'
}
