import { type Deadline, inconclusive } from '../../probes/check.ts'
import { checkOf } from '../../probes/registry.ts'
import { type RunLimits, type RunResult, runCheck } from '../../probes/run-check.ts'
import { runGroup } from '../../probes/run-group.ts'
import { createTripwire } from '../../probes/tripwire.ts'
import type { CheckSpec, ProbeId } from '../shared/domain/check-spec.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { type Logger, silentLogger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { encodeObservations } from '../shared/wire/observation-frame.ts'
import { observationsSubject } from '../shared/wire/subjects.ts'
import { FrameWriter } from './frame-writer.ts'
import { type LoopPorts, ProbeLoop } from './probe-loop.ts'
import { createProberMetrics } from './prober-metrics.ts'
import { PushBook } from './push-book.ts'
import { StopSignal } from './stop-signal.ts'

/** What a prober is told about itself. */
export interface ProberConfig {
  /** Name of this process, one token of a subject. */
  readonly name: string
  /** The place it looks from. */
  readonly vantage: string
  /** Words about it, for people. */
  readonly tags?: readonly string[]
  readonly cluster: string
  /**
   * How long it listens for others before it takes its share, in milliseconds; 500 by default, and
   * 0 where there are none.
   */
  readonly listenMs?: number
  /** Runs under way at once; more wait their turn. 8192 by default. */
  readonly maxInFlight?: number
}

/** Runs one probe; it resolves for every sick server and rejects for a broken check. */
export type RunProbe = (spec: CheckSpec, limits: RunLimits) => Promise<RunResult>

/** What a prober stands on. */
export interface ProberPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** From 0 up to 1, for jitter; `Math.random` by default. */
  readonly random?: () => number
  /** Runs a check of the registry by default. */
  readonly runProbe?: RunProbe
  /** Holds an idle TCP connection by default. */
  readonly openTripwire?: LoopPorts['openTripwire']
  /** Told of everything that is published. */
  readonly onObservation?: LoopPorts['onObservation']
}

/** One line of a check's dialogue. */
export interface TranscriptLine {
  readonly direction: 'sent' | 'received' | 'note'
  readonly text: string
}

/** A check that was run because someone asked, with its dialogue. */
export interface CheckedNow extends RunResult {
  readonly spec: CheckSpec
  readonly transcript: readonly TranscriptLine[]
}

/** Watches real servers and publishes what it sees. */
export interface Prober extends Service {
  /**
   * The probes to run from now on. Those with an unchanged id keep schedule and state; new ones
   * that others ran until the monotonic `sinceMs` go on in their times.
   */
  setProbes(specs: readonly CheckSpec[], sinceMs?: number): void
  /** Takes words of servers down for these probes, and no others, whoever runs them now. */
  listenFor(probes: ReadonlySet<ProbeId>): void
  /** How many probes it runs. */
  readonly size: number
  /** The most that a run was late since this was asked last, in milliseconds. */
  takeLagMs(): number
  /** Runs these as soon as may be. */
  hurry(probes: Iterable<ProbeId>): void
  /** Takes down what a server says of itself, and looks at it at once; false for no such probe. */
  push(probe: ProbeId, state: string, message: string): boolean
  /** Runs these once, beside the schedule; nothing of it is published. */
  checkNow(specs: readonly CheckSpec[]): Promise<readonly CheckedNow[]>
}

const DEFAULT_MAX_IN_FLIGHT = 8192

/** Makes a prober; it runs nothing before `start`. */
export function createProber(config: ProberConfig, ports: ProberPorts): Prober {
  const { bus, clock, runProbe = runRegistered } = ports
  const { name, vantage, cluster } = config
  const subject = observationsSubject(cluster, name)
  const stop = new StopSignal()
  const book = new PushBook(clock)
  const limitsOf = (spec: CheckSpec): RunLimits => {
    const { timeoutMs, slow } = spec
    // Nearly all runs of nearly all checks, thousands a second.
    if (slow === undefined && spec.kind !== 'push') return { timeoutMs, stop }
    const pushed = spec.kind === 'push' ? book.read(spec.probe) : undefined
    return { timeoutMs, stop, ...(slow && { slow }), ...(pushed && { pushed }) }
  }
  const metrics = createProberMetrics(ports.metrics)
  const writer = new FrameWriter(clock, (observations) => {
    bus.publish(subject, encodeObservations({ prober: name, vantage, observations }))
    metrics.published(observations)
  })
  const loop = new ProbeLoop(
    {
      clock,
      vantage,
      logger: ports.logger ?? silentLogger,
      random: ports.random ?? Math.random,
      runProbe: (spec, depth) =>
        runProbe(depth === 'connect' ? connectOf(spec) : spec, limitsOf(spec)),
      groupOf,
      runGroup: (specs) => runTogether(specs, stop),
      openTripwire:
        ports.openTripwire ?? ((target, onTrip) => createTripwire(target, { onTrip, clock })),
      onObservation(observation, isNews) {
        writer.add(observation, isNews)
        ports.onObservation?.(observation, isNews)
      },
    },
    config.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
  )
  metrics.watch(() => loop.load())
  const service = createService({
    async start() {
      loop.start()
    },
    async stop() {
      loop.stop()
      stop.expire()
      writer.flush()
    },
  })
  return {
    ...service,
    setProbes: (specs, sinceMs) => loop.setProbes(specs, sinceMs),
    listenFor: (probes) => book.listenFor(probes),
    get size() {
      return loop.size
    },
    takeLagMs: () => loop.takeLagMs(),
    hurry(probes) {
      for (const probe of probes) loop.hurry(probe)
    },
    push(probe, state, message) {
      const isHeard = book.hear(probe, state, message)
      if (isHeard) loop.hurry(probe)
      return isHeard
    },
    checkNow: (specs) => Promise.all(specs.map((spec) => checkNow(spec, runProbe, limitsOf(spec)))),
  }
}

function runRegistered(spec: CheckSpec, limits: RunLimits): Promise<RunResult> {
  const check = checkOf(spec.kind)
  if (check !== undefined) return runCheck(check, spec.target, spec.options, limits)
  const outcome = inconclusive('check.unknown', `this prober knows no check "${spec.kind}"`)
  return Promise.resolve({ outcome, durationMs: 0 })
}

/** The plain connect that stands between two runs of a check. */
function connectOf(spec: CheckSpec): CheckSpec {
  return { ...spec, kind: 'tcp', options: {} }
}

/** Probes with the same group are one run. */
function groupOf(spec: CheckSpec): string | undefined {
  if (checkOf(spec.kind)?.isShared?.(spec.options) !== true) return undefined
  const { kind, target, options, intervalMs, fastIntervalMs, timeoutMs, jitter } = spec
  const { family, source } = target
  const timing = [intervalMs, fastIntervalMs, timeoutMs, jitter]
  return JSON.stringify([kind, options, family, source, ...timing])
}

async function runTogether(
  specs: readonly CheckSpec[],
  stop: Deadline,
): Promise<readonly RunResult[]> {
  const [first] = specs
  const check = checkOf(first?.kind ?? '')
  if (first === undefined || check === undefined) return []
  const targets = specs.map(({ target }) => target)
  return runGroup(check, targets, first.options, { timeoutMs: first.timeoutMs, stop })
}

async function checkNow(
  spec: CheckSpec,
  runProbe: RunProbe,
  common: RunLimits,
): Promise<CheckedNow> {
  const transcript: TranscriptLine[] = []
  const record = (direction: TranscriptLine['direction']) => (text: string) => {
    transcript.push({ direction, text })
  }
  const limits = {
    ...common,
    transcript: { sent: record('sent'), received: record('received'), note: record('note') },
  }
  return { spec, ...(await runProbe(spec, limits)), transcript }
}
