import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Override } from '../shared/domain/override.ts'
import { overrideKey } from '../shared/domain/override.ts'
import type { KeyValue } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { directorReportMessage } from '../shared/wire/director-report-message.ts'
import { hookResultMessage } from '../shared/wire/hook-message.ts'
import { decodeObservations } from '../shared/wire/observation-frame.ts'
import { overrideBucketKey, overrideMessage } from '../shared/wire/override-message.ts'
import {
  bucketName,
  eventStream,
  hookResultSubject,
  observationsSubject,
  reportSubject,
} from '../shared/wire/subjects.ts'
import { answerOperators } from './answer-operators.ts'
import type { Command } from './core/command.ts'
import { type ControllerCore, createControllerCore } from './core/controller-core.ts'
import type { Event } from './core/event.ts'
import { createExecutors, type Executors } from './execute.ts'
import { followProbers } from './follow-probers.ts'
import type { ControllerConfig, ControllerPorts, ControllerShell } from './shell.ts'
import { TableSender } from './table-sender.ts'

const TICK_MS = 1000

/**
 * Turns observations into tables: the deterministic core, fed from the bus one event at a time, its
 * commands carried out in order.
 */
export function createController(config: ControllerConfig, ports: ControllerPorts): Service {
  const closers: (() => void)[] = []
  return createService({
    async start() {
      const { bus, clock } = ports
      const shell = await openShell(config, ports)
      await loadOverrides(shell, await bus.keyValue(bucketName(config.cluster, 'overrides')), clock)
      const revisions = await bus.keyValue(bucketName(config.cluster, 'cluster-file'))
      closers.push(
        shell.close,
        revisions.watch(({ key, value }) => {
          if (key === 'current' && value !== undefined) followRevision(shell, value, ports)
        }),
        ...listen(config, ports, shell),
        followProbers(config, ports, (event) => feedQuietly(shell, event, ports)),
        ...answerOperators(config.cluster, ports, shell),
        every(clock, TICK_MS, () => feedQuietly(shell, { type: 'ticked', at: clock.now() }, ports)),
      )
    },
    async stop() {
      for (const close of closers.splice(0)) close()
    },
  })
}

async function openShell(
  { cluster, name }: ControllerConfig,
  ports: ControllerPorts,
): Promise<ControllerShell> {
  const { bus, clock } = ports
  const lease = await bus.keyValue(bucketName(cluster, 'lease'))
  const epoch = await lease.put('controller', new TextEncoder().encode(name))
  const log = await bus.log(eventStream(cluster))
  const overrides = await bus.keyValue(bucketName(cluster, 'overrides'))
  const core = createControllerCore()
  const drift = new Map<string, number>()
  const tables = new TableSender(cluster, bus, clock)
  const executors = createExecutors({ epoch, log, overrides, core, tables, ports })

  function feed(event: Event): Promise<void> {
    if (event.type === 'director-reported') countDrift(drift, event.report)
    const done = execute(executors, handleOrDie(core, event))
    if (event.type === 'director-reported') tables.heard(event.report)
    return done
  }

  ports.logger.info({ cluster, epoch, at: clock.now() }, 'controller leads')
  return { core, drift, log, feed, close: () => tables.close() }
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

/** A message that cannot be read changes nothing: what decoding throws, the bus reports. */
function listen(
  { cluster }: ControllerConfig,
  ports: ControllerPorts,
  shell: ControllerShell,
): (() => void)[] {
  const { bus, clock } = ports
  return [
    bus.subscribe(observationsSubject(cluster, '*'), (payload) => {
      const frame = decodeObservations(payload)
      feedQuietly(shell, { type: 'observed', at: clock.now(), ...frame }, ports)
    }),
    bus.subscribe(reportSubject(cluster, '*'), (payload) => {
      const report = directorReportMessage.decode(payload)
      feedQuietly(shell, { type: 'director-reported', at: clock.now(), report }, ports)
    }),
    bus.subscribe(hookResultSubject(cluster, '*'), (payload) => {
      const result = hookResultMessage.decode(payload)
      feedQuietly(shell, { type: 'hook-ran', at: clock.now(), ...result }, ports)
    }),
  ]
}

function followRevision(shell: ControllerShell, value: Uint8Array, ports: ControllerPorts): void {
  const { cluster } = clusterRevisionMessage.decode(value)
  feedQuietly(shell, { type: 'config-changed', at: ports.clock.now(), cluster }, ports)
}

/** Nobody waits: what could not be made durable goes to the log of the process. */
function feedQuietly(shell: ControllerShell, event: Event, { logger }: ControllerPorts): void {
  shell.feed(event).catch((error: unknown) => logger.error({ error }, 'not stored'))
}

async function loadOverrides(
  shell: ControllerShell,
  bucket: KeyValue,
  clock: Clock,
): Promise<void> {
  const overrides: Override[] = []
  const damages = bucket.damage === undefined ? [] : [bucket.damage]
  for (const { key, value } of await bucket.entries()) {
    try {
      const override = overrideMessage.decode(value)
      if (overrideBucketKey(overrideKey(override)) === key) overrides.push(override)
      else damages.push(`override ${key} is about something else`)
    } catch (error) {
      damages.push(`override ${key}: ${error instanceof Error ? error.message : error}`)
    }
  }
  const damage = damages.length === 0 ? {} : { damage: damages.join('; ') }
  await shell.feed({ type: 'overrides-loaded', at: clock.now(), overrides, ...damage })
}

function every(clock: Clock, periodMs: number, callback: () => void): () => void {
  let cancel = clock.after(periodMs, tick)
  function tick(): void {
    cancel = clock.after(periodMs, tick)
    callback()
  }
  return () => cancel()
}
