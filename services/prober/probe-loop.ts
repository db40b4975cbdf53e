import { inconclusive, type Outcome, type Target } from '../../probes/check.ts'
import type { RunResult } from '../../probes/run-check.ts'
import type { CheckSpec, ProbeId } from '../shared/domain/check-spec.ts'
import type { Observation } from '../shared/domain/observation.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { Schedule } from './core/schedule.ts'
import { isSettled, type Settling, settle, UNSETTLED } from './core/settling.ts'

/** An idle connection to a real server, held until it is closed from either side. */
export interface OpenTripwire {
  close(): void
}

/** What the loop needs from outside. */
export interface LoopPorts {
  readonly clock: Clock
  readonly logger: Logger
  /** Probers of one vantage have the same phases, so that a probe may move between them. */
  readonly vantage: string
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
  readonly runProbe: (spec: CheckSpec, depth: ProbeDepth) => Promise<RunResult>
  /** Probes with the same group run as one (`runGroup`); most are for themselves. */
  readonly groupOf: (spec: CheckSpec) => string | undefined
  /** A result for each of them, in their order. */
  readonly runGroup: (specs: readonly CheckSpec[]) => Promise<readonly RunResult[]>
  readonly openTripwire: (target: Target, onTrip: (reason: string) => void) => OpenTripwire
  readonly onObservation: (observation: Observation, isNews: boolean) => void
}

/** The check itself, or only a plain connect to where it looks (`connectsBetween`). */
export type ProbeDepth = 'check' | 'connect'

interface Probe {
  spec: CheckSpec
  /** Its place in the schedule: its own id, or that of its group. */
  readonly slot: ProbeId
  settling: Settling
  last: Outcome['outcome'] | 'none'
  /** Plain connects since the check itself has run. */
  connects: number
  tripwire: OpenTripwire | undefined
}

/**
 * Wake-ups are at least so far apart: one for each run would cost as much as the schedule itself.
 */
const WAKE_EVERY_MS = 4
/** Runs begun in one go, after which sockets get their turn. */
const MAX_STARTS = 64

/** Runs the probes of a schedule, as many at once as allowed, and tells what they saw. */
export class ProbeLoop {
  readonly #ports: LoopPorts
  readonly #maxInFlight: number
  readonly #probes = new Map<ProbeId, Probe>()
  /** Members of a group by the id that it has in the schedule. */
  readonly #groups = new Map<ProbeId, Set<Probe>>()
  readonly #schedule: Schedule
  #inFlight = 0
  #isRunning = false
  #lagMs = 0
  #lastWakeMs = Number.NEGATIVE_INFINITY
  #wakeAtMs = Number.POSITIVE_INFINITY
  #cancelWake: (() => void) | undefined

  constructor(ports: LoopPorts, maxInFlight: number) {
    this.#ports = ports
    this.#maxInFlight = maxInFlight
    const { clock, vantage } = ports
    this.#schedule = new Schedule(clock.monotonic() - clock.now(), vantage)
  }

  start(): void {
    this.#isRunning = true
    this.#arm()
  }

  stop(): void {
    this.#isRunning = false
    this.#disarm()
    this.setProbes([])
  }

  /** How many probes it runs. */
  get size(): number {
    return this.#probes.size
  }

  /** The most that a run was late since this was asked last, in milliseconds. */
  takeLagMs(): number {
    const lagMs = this.#lagMs
    this.#lagMs = 0
    return lagMs
  }

  /**
   * What is run from now on; probes that stay keep their place in the schedule and their verdict.
   * New ones that others ran until `sinceMs` go on in their times.
   */
  setProbes(specs: readonly CheckSpec[], sinceMs?: number): void {
    const wanted = new Set(specs.map(({ probe }) => probe))
    for (const [id, probe] of this.#probes) {
      if (wanted.has(id)) continue
      probe.tripwire?.close()
      this.#probes.delete(id)
      const group = this.#groups.get(probe.slot)
      group?.delete(probe)
      if ((group?.size ?? 0) > 0) continue
      this.#groups.delete(probe.slot)
      this.#schedule.remove(probe.slot)
    }
    for (const spec of specs) this.#setProbe(spec, sinceMs)
    this.#arm()
  }

  /** How much there is to do. */
  load(): { readonly probes: number; readonly inFlight: number } {
    return { probes: this.#probes.size, inFlight: this.#inFlight }
  }

  /** Runs a probe now, or right after the run that is under way. */
  hurry(id: ProbeId): void {
    const slot = this.#probes.get(id)?.slot
    if (slot === undefined) return
    this.#schedule.hurry(slot, this.#ports.clock.monotonic())
    this.#wake()
  }

  #setProbe(spec: CheckSpec, sinceMs: number | undefined): void {
    const id = spec.probe
    const probe = this.#probes.get(id) ?? {
      spec,
      slot: this.#slotOf(spec),
      settling: UNSETTLED,
      last: 'none',
      connects: 0,
      tripwire: undefined,
    }
    probe.spec = spec
    this.#probes.set(id, probe)
    this.#groups.get(probe.slot)?.add(probe)
    this.#schedule.set(probe.slot, spec, this.#ports.clock.monotonic(), sinceMs)
    if (spec.tripwire) return
    probe.tripwire?.close()
    probe.tripwire = undefined
  }

  #slotOf(spec: CheckSpec): ProbeId {
    const group = this.#ports.groupOf(spec)
    if (group === undefined) return spec.probe
    const slot = `group ${group}` as ProbeId
    if (!this.#groups.has(slot)) this.#groups.set(slot, new Set())
    return slot
  }

  #onTrip(id: ProbeId, reason: string): void {
    this.#ports.logger.debug({ probe: id, reason }, 'a tripwire starts a check')
    const probe = this.#probes.get(id)
    if (probe !== undefined) probe.connects = Number.POSITIVE_INFINITY
    this.hurry(id)
  }

  /** After a first pass, so that a start does not open thousands at once, nor any to the dead. */
  #holdTripwire(probe: Probe): void {
    const { probe: id, target, tripwire } = probe.spec
    if (!tripwire) return
    probe.tripwire ??= this.#ports.openTripwire(target, (reason) => this.#onTrip(id, reason))
  }

  #wake(): void {
    this.#disarm()
    if (!this.#isRunning) return
    const now = this.#ports.clock.monotonic()
    this.#lastWakeMs = now
    this.#lagMs = Math.max(this.#lagMs, now - (this.#schedule.nextDueMs ?? now))
    const room = Math.min(MAX_STARTS, this.#maxInFlight - this.#inFlight)
    for (const id of this.#schedule.take(now, room)) this.#run(id)
    this.#arm()
  }

  /** Sees that there is a wake-up for what is due next; with no room the end of a run does it. */
  #arm(): void {
    const due = this.#schedule.nextDueMs
    if (!this.#isRunning || due === undefined || this.#inFlight >= this.#maxInFlight) return
    const at = Math.max(due, this.#lastWakeMs + WAKE_EVERY_MS)
    if (at >= this.#wakeAtMs) return
    this.#disarm()
    this.#wakeAtMs = at
    const delayMs = Math.max(0, Math.ceil(at - this.#ports.clock.monotonic()))
    this.#cancelWake = this.#ports.clock.after(delayMs, () => this.#wake())
  }

  #disarm(): void {
    this.#cancelWake?.()
    this.#cancelWake = undefined
    this.#wakeAtMs = Number.POSITIVE_INFINITY
  }

  #run(slot: ProbeId): void {
    const group = this.#groups.get(slot)
    const probe = this.#probes.get(slot)
    if (group !== undefined) this.#runGroup(slot, group)
    else if (probe !== undefined) this.#runOne(slot, probe)
  }

  #runOne(slot: ProbeId, probe: Probe): void {
    this.#inFlight++
    this.#ports.runProbe(probe.spec, depthOf(probe)).then(
      (result) => this.#finish(probe, result),
      (error: unknown) => this.#finish(probe, this.#broken(slot, error)),
    )
  }

  #runGroup(slot: ProbeId, group: ReadonlySet<Probe>): void {
    const members = [...group]
    const finish = (resultOf: (index: number) => RunResult | undefined): void => {
      this.#inFlight--
      const fast = members.map((probe, index) => this.#tell(probe, resultOf(index)))
      this.#reschedule(slot, fast.includes(true), this.#groups.get(slot) === group)
    }
    this.#inFlight++
    this.#ports.runGroup(members.map(({ spec }) => spec)).then(
      (results) => finish((index) => results[index]),
      (error: unknown) => {
        const broken = this.#broken(slot, error)
        finish(() => broken)
      },
    )
  }

  #broken(slot: ProbeId, error: unknown): RunResult {
    this.#ports.logger.error({ probe: slot, error }, 'a check broke')
    const reason = error instanceof Error ? error.message : String(error)
    const outcome = inconclusive('run.broken', `the check itself broke: ${reason}`)
    return { outcome, durationMs: 0 }
  }

  #finish(probe: Probe, result: RunResult): void {
    this.#inFlight--
    const isFast = this.#tell(probe, result)
    this.#reschedule(probe.slot, isFast, this.#probes.get(probe.spec.probe) === probe)
  }

  /** Not for what was taken away meanwhile: its name in the schedule may be another's by now. */
  #reschedule(slot: ProbeId, isFast: boolean, isKnown: boolean): void {
    const { clock, random } = this.#ports
    if (this.#isRunning && isKnown) {
      this.#schedule.finish(slot, clock.monotonic(), isFast, random())
    }
    this.#arm()
  }

  /** Says what was seen, if anybody still wants to know; whether the next run is a fast one. */
  #tell(probe: Probe, result: RunResult | undefined): boolean {
    const { spec, last } = probe
    if (result === undefined || !this.#isRunning) return false
    if (this.#probes.get(spec.probe) !== probe) return false
    const { outcome, durationMs } = result
    const { clock, onObservation } = this.#ports
    const seen = outcome.outcome
    probe.settling = settle(probe.settling, seen, spec)
    probe.last = seen
    if (seen === 'pass' || seen === 'degraded') this.#holdTripwire(probe)
    // Trouble of our own that goes on is no reason to hurry: it says nothing about the server.
    const isTroubled = seen === 'inconclusive' && last === seen
    const isFast = !isTroubled && !isSettled(probe.settling)
    const observation = { probe: spec.probe, at: clock.now(), durationMs, outcome }
    onObservation(observation, isFast || seen !== last)
    return isFast
  }
}

/**
 * Only what passes without reserve is left with connects: one that passed would otherwise
 * contradict a check that fails or is degraded, and begin its row anew.
 */
function depthOf(probe: Probe): ProbeDepth {
  const { connectsBetween = 0 } = probe.spec
  const isDue = probe.connects >= connectsBetween
  const mayConnect = !isDue && probe.last === 'pass' && isSettled(probe.settling)
  probe.connects = mayConnect ? probe.connects + 1 : 0
  return mayConnect ? 'connect' : 'check'
}
