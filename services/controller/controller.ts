import { every } from '../shared/coordination/every.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { controllerPresenceMessage } from '../shared/wire/controller-presence.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { hookResultMessage } from '../shared/wire/hook-message.ts'
import { leadingMessage } from '../shared/wire/leading-message.ts'
import { decodeObservations } from '../shared/wire/observation-frame.ts'
import {
  controllerSubject,
  hookResultSubject,
  leadingSubject,
  observationsSubject,
  reportSubject,
} from '../shared/wire/subjects.ts'
import { answerOperators } from './answer-operators.ts'
import { answerWindows } from './answer-windows.ts'
import { type ControllerMetrics, createControllerMetrics } from './controller-metrics.ts'
import type { Command } from './core/command.ts'
import { type ControllerCore, createControllerCore } from './core/controller-core.ts'
import type { Event } from './core/event.ts'
import { createExecutors, type Executors } from './execute.ts'
import { followAlerting } from './follow-alerting.ts'
import { followProbers } from './follow-probers.ts'
import { Leadership } from './leadership.ts'
import { openWindows } from './maintenance/open-windows.ts'
import { notLeading } from './override-store.ts'
import type { ControllerConfig, ControllerPorts, ControllerShell } from './shell.ts'
import { statusOf } from './status.ts'
import { openStores, type Stores } from './stores.ts'
import { TableSender } from './table-sender.ts'

const TICK_MS = 1000
/** What a leader decided so long before its last word has reached the log. */
const LOGGED_MS = 5000
/** What operators ask for; a standby does nothing of it. */
const ONLY_LEADER: ReadonlySet<Event['type']> = new Set(['operator-asked', 'breaker-released'])

/**
 * Turns observations into tables: the deterministic core, fed from the bus one event at a time. Of
 * several controllers one leads and carries out what its core asks for; the others run theirs as
 * well, so that each can take over at any moment.
 */
export function createController(config: ControllerConfig, ports: ControllerPorts): Service {
  const closers: (() => void)[] = []
  const leadership = new Leadership(config, ports)
  const metrics = createControllerMetrics(ports.metrics)
  return createService({
    async start() {
      const { bus, clock } = ports
      const stores = await openStores(config, ports, () => leadership.epoch() !== undefined)
      const tables = new TableSender(
        config.cluster,
        bus,
        clock,
        () => leadership.epoch() !== undefined,
      )
      const alerting = followAlerting(config.cluster, bus, clock)
      closers.push(alerting.close)
      const shell = createShell(config, ports, { leadership, stores, tables, metrics })
      const stored = await stores.overrides.load()
      await shell.feed({ type: 'overrides-loaded', at: clock.now(), ...stored })
      closers.push(() => tables.close(), ...follow(stores, ports, shell))
      closers.push(
        () => stores.windows.close(),
        ...listen(config, ports, { shell, stores, leadership }),
        followProbers(config, ports, (event) => feedQuietly(shell, event, ports)),
      )
      const running = { shell, stores, leadership }
      await leadership.start({
        shell,
        stores,
        answer: () => [
          ...answerOperators(config.cluster, ports, shell, alerting),
          ...answerWindows(config.cluster, ports, shell, stores.windows),
        ],
        onLost: () => tables.close(),
      })
      closers.push(every(clock, TICK_MS, () => tick(ports, running)))
      tick(ports, running)
      const status = () => statusOf(shell.core.state, shell.drift, clock.now())
      const look = () => ({ leads: leadership.epoch() !== undefined, status })
      closers.push(metrics.show(look))
    },
    async stop() {
      for (const close of closers.splice(0)) close()
      await leadership.stop()
    },
  })
}

interface ShellParts {
  readonly leadership: Leadership
  readonly stores: Stores
  readonly tables: TableSender
  readonly metrics: ControllerMetrics
}

function createShell(
  { gatherMs = 0 }: ControllerConfig,
  ports: ControllerPorts,
  parts: ShellParts,
): ControllerShell {
  const { leadership, stores, tables, metrics } = parts
  const core = createControllerCore({ gatherMs })
  const drift = new Map<string, number>()
  const executors = createExecutors({ leadership, stores, core, tables, ports })

  async function feed(event: Event): Promise<void> {
    if (ONLY_LEADER.has(event.type) && leadership.epoch() === undefined) throw notLeading()
    if (event.type === 'observed') metrics.observed(event.observations.length)
    if (event.type === 'director-reported') countDrift(drift, event.report)
    const done = execute(executors, handleOrDie(core, event))
    if (event.type === 'director-reported') tables.heard(event.report)
    await done
  }

  return { core, drift, log: stores.log, feed }
}

/** The core throws only for a programmer's error: the process ends, the kernel keeps its table. */
function handleOrDie(core: ControllerCore, event: Event): readonly Command[] {
  try {
    return core.handle(event)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
    throw error
  }
}

/** Everything is begun in order and at once; waits for what must be durable. */
async function execute(executors: Executors, commands: readonly Command[]): Promise<void> {
  await Promise.all(commands.map((command) => executors.run(command)))
}

function countDrift(drift: Map<string, number>, report: DirectorReport): void {
  const before = drift.get(report.director) ?? 0
  drift.set(report.director, before + report.drift.length)
}

interface RunningParts extends Omit<ShellParts, 'tables' | 'metrics'> {
  readonly shell: ControllerShell
}

function tick(ports: ControllerPorts, { shell, stores, leadership }: RunningParts): void {
  const { clock, logger } = ports
  const at = clock.now()
  feedQuietly(shell, { type: 'ticked', at }, ports)
  if (leadership.epoch() !== undefined) {
    openWindows(shell, stores.windows, at, (error) => logger.error({ error }, 'not stored'))
  }
  leadership.tick().catch((error: unknown) => logger.warn({ error }, 'not stored yet'))
}

/** Follows the cluster file and what other controllers store of operators' words. */
function follow(
  { overrides, revisions, windows }: Stores,
  ports: ControllerPorts,
  shell: ControllerShell,
): (() => void)[] {
  const { clock, logger } = ports
  return [
    overrides.follow(
      (key, override) => {
        const event = { type: 'override-stored', at: clock.now(), key } as const
        feedQuietly(shell, override === undefined ? event : { ...event, override }, ports)
      },
      (error) => logger.error({ error }, 'stored override refused'),
    ),
    revisions.watch(({ key, value }) => {
      if (key !== 'current' || value === undefined) return
      const { cluster } = clusterRevisionMessage.decode(value)
      windows.setFile(cluster.maintenance ?? [])
      feedQuietly(shell, { type: 'config-changed', at: clock.now(), cluster }, ports)
    }),
  ]
}

/** A message that cannot be read changes nothing: what decoding throws, the bus reports. */
function listen(
  { cluster, name }: ControllerConfig,
  ports: ControllerPorts,
  { shell, stores, leadership }: RunningParts,
): (() => void)[] {
  const { bus, clock } = ports

  function on(subject: string, take: (payload: Uint8Array) => Event | undefined): () => void {
    return bus.subscribe(subject, (payload) => {
      const event = take(payload)
      if (event !== undefined) feedQuietly(shell, event, ports)
    })
  }

  return [
    on(observationsSubject(cluster, '*'), (payload) => {
      return { type: 'observed', at: clock.now(), ...decodeObservations(payload) }
    }),
    on(reportSubject(cluster, '*'), (payload) => {
      const report = directorReportMessage.decode(payload)
      return { type: 'director-reported', at: clock.now(), report }
    }),
    on(leadingSubject(cluster), (payload) => {
      const leading = leadingMessage.decode(payload)
      // A former leader that has not noticed yet is nobody to follow.
      if (leading.controller === name || leadership.epoch() !== undefined) return undefined
      const at = clock.now()
      leadership.heardLeader(leading.at)
      stores.recorder.forgetBefore(at - LOGGED_MS)
      return { type: 'leader-heard', at, leading }
    }),
    on(controllerSubject(cluster, '*'), (payload) => {
      const presence = controllerPresenceMessage.decode(payload)
      return { type: 'controller-heard', at: clock.now(), presence }
    }),
    on(hookResultSubject(cluster, '*'), (payload) => {
      return { type: 'hook-ran', at: clock.now(), ...hookResultMessage.decode(payload) }
    }),
  ]
}

/** Nobody waits: what could not be made durable goes to the log of the process. */
function feedQuietly(shell: ControllerShell, event: Event, { logger }: ControllerPorts): void {
  shell.feed(event).catch((error: unknown) => logger.error({ error }, 'not stored'))
}
