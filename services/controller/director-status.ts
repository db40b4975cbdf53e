import { isoTime } from '../shared/runtime/iso-time.ts'
import type { ControllerStatus, DirectorStatus } from '../shared/wire/status.ts'
import type { ControllerState } from './core/state.ts'

/** How many foreign changes each director has undone since the start. */
export type DriftCounts = ReadonlyMap<string, number>

/** The directors that report, as operators see them. */
export function directorsStatus(state: ControllerState, drift: DriftCounts): DirectorStatus[] {
  return Array.from(state.directors.values(), (report) => ({
    name: report.director,
    table: report.adapter,
    ...(report.ipvs !== undefined && { ipvs: report.ipvs }),
    epoch: report.epoch,
    generation: report.generation,
    reportedAt: isoTime(report.at),
    driftRepaired: drift.get(report.director) ?? 0,
    foreign: [...report.foreign],
    sysctls: Object.fromEntries(
      report.sysctls.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
    ...(report.unmanagedSince !== undefined && { unmanagedSince: isoTime(report.unmanagedSince) }),
    ...differencesOf(state, report.director),
    ...shadowOf(state, report.director),
    ...(report.problem !== undefined && { problem: report.problem }),
  }))
}

/** Directors of the cluster file that have never reported. */
export function missingDirectors({ namedDirectors, directors }: ControllerState): string[] {
  return (namedDirectors ?? []).filter((name) => !directors.has(name))
}

/** The controllers that are heard, this one included; whoever leads comes first. */
export function controllersStatus({ peers }: ControllerState): ControllerStatus[] {
  const all = Array.from(peers, ([name, { role, isWarm, startedAt, heardAt }]) => ({
    name,
    role,
    warm: isWarm,
    startedAt: isoTime(startedAt),
    heardAt: isoTime(heardAt),
  }))
  return all.sort((a, b) => (a.role === b.role ? 0 : a.role === 'leader' ? -1 : 1))
}

function differencesOf(
  { disparities }: ControllerState,
  director: string,
): Pick<DirectorStatus, 'differences'> {
  const differences = disparities.get(director)?.differences
  return differences === undefined ? {} : { differences: [...differences] }
}

function shadowOf({ shadows }: ControllerState, director: string): Pick<DirectorStatus, 'shadow'> {
  const found = shadows.get(director)
  if (found === undefined) return {}
  const { since, rows, same, rowMs, sameMs, disagreements } = found
  return {
    shadow: {
      since: isoTime(since),
      rows,
      same,
      agreement: rowMs === 0 ? 1 : sameMs / rowMs,
      disagreements: Array.from(disagreements.values(), (one) => ({
        since: isoTime(one.since),
        said: one.said,
      })),
    },
  }
}
