import type { CheckState, ControllerState } from './state.ts'

/** Ticks come each second: with a longer gap we did not run, or the clock was put forward. */
const GAP_MS = 2000

/**
 * Time that nobody could be heard in, because we did not run or our clock was set, is no silence of
 * others: what was heard before it is as old after it. Otherwise whoever is heard first after a
 * machine was suspended or a clock was set would count alone, until the others have looked again.
 * Times that people set (ends of overrides, deadlines, windows) hold by the wall clock.
 */
export function bridgeGap(state: ControllerState, at: number): void {
  const { clockAt = at } = state
  state.clockAt = at
  const gapMs = at - clockAt
  if (gapMs >= 0 && gapMs <= GAP_MS) return
  for (const service of state.services.values()) {
    service.adjustedAt += gapMs
    service.breaker = { ...service.breaker, since: service.breaker.since + gapMs }
    for (const server of service.servers) {
      server.placedAt += gapMs
      if (server.ramp !== undefined) {
        server.ramp = { ...server.ramp, since: server.ramp.since + gapMs }
      }
      for (const check of server.checks) bridgeCheck(check, gapMs)
    }
  }
  bridgeProbers(state, gapMs)
  bridgeOthers(state, gapMs)
}

function bridgeCheck(check: CheckState, gapMs: number): void {
  check.since += gapMs
  for (const view of check.views) {
    view.heardAt += gapMs
    // Set back: else all that is seen from now on would look older than what was seen before.
    if (gapMs > 0) continue
    if (view.failingSince !== 0) view.failingSince += gapMs
    if (view.last !== undefined) view.last = { ...view.last, at: view.last.at + gapMs }
  }
}

function bridgeProbers({ vantages, probers }: ControllerState, gapMs: number): void {
  for (const vantage of vantages.values()) {
    vantage.since += gapMs
    if (vantage.aloneSince !== undefined) vantage.aloneSince += gapMs
  }
  for (const prober of probers.values()) {
    prober.canariesUntil += gapMs
    if (prober.suspectSince !== undefined) prober.suspectSince += gapMs
    if (gapMs > 0) continue
    prober.canaryPassedAt += gapMs
    for (const [probe, seen] of prober.canaries) {
      prober.canaries.set(probe, { ...seen, at: seen.at + gapMs })
    }
  }
}

function bridgeOthers(state: ControllerState, gapMs: number): void {
  state.configuredAt += gapMs
  if (state.gatheringSince !== undefined) state.gatheringSince += gapMs
  if (state.leader !== undefined) {
    state.leader = { ...state.leader, heardAt: state.leader.heardAt + gapMs }
  }
  for (const [name, at] of state.directorsHeardAt) state.directorsHeardAt.set(name, at + gapMs)
  for (const [key, since] of state.inherited) state.inherited.set(key, since + gapMs)
  for (const [name, peer] of state.peers) {
    state.peers.set(name, { ...peer, heardAt: peer.heardAt + gapMs })
  }
  for (const [name, one] of state.disparities) {
    state.disparities.set(name, { ...one, since: one.since + gapMs })
  }
}
