import type { Observation } from '../../shared/domain/observation.ts'
import { hearCanary } from './canaries.ts'
import type { Event } from './event.ts'
import { observe } from './standing.ts'
import type { CheckState, ControllerState, VantageState, View } from './state.ts'
import { noteTemplate } from './templates.ts'
import { proberOf, vantageOf } from './vantages.ts'
import { noteResponse } from './weights/load.ts'

/** A clock that is off by less is as good as ours. */
export const CLOCK_TOLERANCE_MS = 1000

/** Takes in what a prober saw; services that it changes are decided anew in this step. */
export function takeObservations(
  state: ControllerState,
  event: Extract<Event, { type: 'observed' }>,
): void {
  const { at } = event
  const vantage = vantageOf(state, event.vantage, at)
  const prober = proberOf(state, event.prober, vantage)
  for (const observation of inOurTime(event.observations, prober.report?.skewMs ?? 0)) {
    const readers = state.readers.get(observation.probe)
    if (readers === undefined) {
      const canary = state.canaries.get(observation.probe)
      if (canary !== undefined) hearCanary(state, prober, canary, observation, at)
      continue
    }
    let isNews = false
    for (const check of readers) {
      const view = viewOf(check, vantage)
      if (view === undefined) continue
      const hasPassed = view.passed
      noteResponse(check.server, observation)
      if (observe(check, view, prober, observation, at)) {
        state.dirty.add(check.server.service.config.name)
        isNews = true
      }
      // What passes on and on is nearly everything.
      isNews ||= hasPassed !== true || view.passed !== true
    }
    if (isNews) noteTemplate(state, observation.probe, at)
  }
}

function inOurTime(observations: readonly Observation[], skewMs: number): readonly Observation[] {
  if (Math.abs(skewMs) <= CLOCK_TOLERANCE_MS) return observations
  return observations.map((observation) => ({ ...observation, at: observation.at + skewMs }))
}

function viewOf({ views }: CheckState, vantage: VantageState): View | undefined {
  for (const view of views) if (view.vantage === vantage) return view
  return undefined
}
