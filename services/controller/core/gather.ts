import type { DirectorReport } from '../../shared/domain/director-report.ts'
import { adoptTables } from './adopt.ts'
import type { Command } from './command.ts'
import { isNamed } from './directors.ts'
import type { ControllerState, ServiceState } from './state.ts'

/** Directors of the cluster file that say nothing are waited for no longer than this. */
const NAMED_GATHER_MS = 5000

/**
 * Takes in what directors hold: at the start of all together, so that where they disagree is seen;
 * later of each that reports for the first time. Only then is it sent tables.
 */
export function gather(state: ControllerState, at: number): readonly Command[] {
  if (!state.overridesLoaded || !state.isConfigured) return []
  const news = readable(state).filter(({ director }) => !state.adopted.has(director))
  if (news.length === 0 || !(state.isAdopted || isComplete(state, news, at))) return []
  const adoption = { reports: news, isFirst: !state.isAdopted, at }
  const commands = adoptTables(state, state.services.values(), adoption)
  for (const { director } of news) state.adopted.add(director)
  for (const name of state.services.keys()) state.dirty.add(name)
  state.isAdopted = true
  state.mustPublish = true
  return commands
}

/** What a new cluster file adds is adopted from the directors that are known already. */
export function adoptNewcomers(
  state: ControllerState,
  services: Iterable<ServiceState>,
  at: number,
): readonly Command[] {
  if (!state.isAdopted) return gather(state, at)
  const reports = readable(state).filter(({ director }) => state.adopted.has(director))
  return [...adoptTables(state, services, { reports, isFirst: false, at }), ...gather(state, at)]
}

/** A director that cannot read its table has nothing to adopt. */
function readable(state: ControllerState): readonly DirectorReport[] {
  return [...state.directors.values()].filter(
    ({ director, problem }) => problem === undefined && isNamed(state, director),
  )
}

function isComplete(
  { namedDirectors, gatheringSince, gatherMs }: ControllerState,
  reports: readonly DirectorReport[],
  at: number,
): boolean {
  const waitedMs = at - (gatheringSince ?? at)
  if (namedDirectors === undefined) return waitedMs >= gatherMs
  const heard = new Set(reports.map(({ director }) => director))
  return waitedMs >= NAMED_GATHER_MS || namedDirectors.every((name) => heard.has(name))
}
