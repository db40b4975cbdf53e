import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { every } from '../shared/coordination/every.ts'
import { plainAlerting } from '../shared/domain/alerting.ts'
import type { ChannelSettings } from '../shared/domain/channel.ts'
import { wallTime } from '../shared/domain/time-period.ts'
import type { Cluster } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Notifier } from '../shared/ports/notifier.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createWallClock, type WallClock } from '../shared/runtime/wall-clock.ts'
import { alertingMessage } from '../shared/wire/alerting-message.ts'
import { api } from '../shared/wire/api.ts'
import { CURRENT_KEY, clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { alertingSubject, bucketName, eventStream } from '../shared/wire/subjects.ts'
import { AlertShell } from './alert-shell.ts'
import { AlertStore } from './alert-store.ts'
import { answerAlerts } from './answer-alerts.ts'
import { watchCluster } from './cluster-watch.ts'
import { type AlertCore, createAlertCore } from './core/alert-core.ts'
import type { AlertEvent } from './core/alert-state.ts'
import { isOpen, standingCauses } from './core/incident.ts'
import type { Deliveries, DeliveryListener } from './deliveries.ts'
import { createDeliveries } from './delivery/create-deliveries.ts'
import { startDigests } from './digest.ts'
import { testChannel } from './test-channel.ts'

/** What an engine stands on. */
export interface EngineParts {
  readonly cluster: string
  /** Name of this alerter. */
  readonly name: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  /** Channels where the cluster file says nothing about alerting. */
  readonly fallback: Readonly<Record<string, ChannelSettings>>
  readonly metrics?: Metrics
  readonly openChannel: (settings: ChannelSettings) => Notifier
  readonly mayAct: () => boolean
}

/** An alerter at work. */
export interface AlertEngine {
  stop(): Promise<void>
}

const TICK_MS = 1000
const PRESENCE_MS = 5000
const RETRY_MS = 1000

/**
 * Works from what is stored until it is stopped: looks at the cluster, decides, has people told.
 * When another alerter writes what this one is about to, it begins anew.
 */
export function startEngine(parts: EngineParts): AlertEngine {
  const { clock, logger } = parts
  let closers: (() => unknown)[] = []
  let cancel: () => void = () => undefined
  let isStopped = false
  let running: Promise<void> = Promise.resolve()

  function begin(): void {
    running = rest()
      .then(async () => {
        if (!isStopped && parts.mayAct()) await run(parts, closers, again)
      })
      .catch((error: unknown) => {
        if (!(error instanceof ServiceError)) throw error
        logger.warn({ error }, 'alerts cannot be told yet')
        again()
      })
  }

  function again(): void {
    cancel()
    if (!isStopped) cancel = clock.after(RETRY_MS, begin)
  }

  async function rest(): Promise<void> {
    const open = closers
    closers = []
    for (const close of open.reverse()) await close()
  }

  begin()
  return {
    async stop() {
      isStopped = true
      cancel()
      await running
      await rest()
    },
  }
}

/** Whatever is opened on the way is closed by who called, also when a later step fails. */
async function run(
  parts: EngineParts,
  closers: (() => unknown)[],
  onOvertaken: () => void,
): Promise<void> {
  const { cluster, bus, clock, logger, mayAct } = parts
  const bucket = await bus.keyValue(bucketName(cluster, 'alerter'))
  const log = await bus.log(eventStream(cluster))
  const store = new AlertStore(bucket)
  const core = createAlertCore({ cluster, wallTime: wallTimes() })
  let markBegun: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => {
    markBegun = resolve
  })
  // What ended before the last end is said again while the incidents are still being read.
  const ended: DeliveryListener['ended'] = (delivered) => {
    void hasBegun.then(() => feed({ type: 'ended', at: clock.now(), delivered }))
  }
  const deliveries = await createDeliveries(parts, { ended })
  closers.push(() => deliveries.stop())
  const shell = new AlertShell({
    ...{ core, store, log, deliveries, clock, logger, mayAct, onOvertaken },
  })
  closers.push(() => shell.close())

  function feed(event: AlertEvent): Promise<void> {
    return shell.feed(event).catch((error: unknown) => {
      if (!(error instanceof ServiceError)) throw error
    })
  }

  let file: Cluster | undefined
  const configure = (config: Cluster | undefined) => {
    file = config
    const policy = config?.alerting ?? plainAlerting(parts.fallback)
    deliveries.configure(new Map(Object.entries(policy.channels)))
    return feed({ type: 'configured', at: clock.now(), policy })
  }
  const files = await bus.keyValue(bucketName(cluster, 'cluster-file'))
  await deliveries.start()
  await configure(readFile(logger, (await files.get(CURRENT_KEY))?.value))
  await feed({ type: 'began', at: clock.now(), ...(await store.load(logger)) })
  markBegun()
  closers.push(
    startDigests({
      ...{ ...parts, deliveries },
      digest: () => core.state.policy.digest,
      standing: () => [...core.state.incidents.values()].filter(isOpen).flatMap(standingCauses),
    }),
    files.watch(({ key, value }) => {
      const config = key === CURRENT_KEY ? readFile(logger, value) : undefined
      if (config !== undefined) void configure(config)
    }),
    ...answerAlerts({ ...parts, core, shell, deliveries }),
    answerVerb(bus, cluster, api.alertTest, (request) =>
      testChannel({ ...parts, channels: () => channelsOf(core) }, request),
    ),
    watchCluster({
      ...{ cluster, bus, clock, logger, log, file: () => file },
      onSeen: (causes) => feed({ type: 'seen', at: clock.now(), causes }),
    }),
    every(clock, TICK_MS, () => {
      // One that waits for the bus is told the time once it is through.
      if (shell.waiting === 0) void feed({ type: 'ticked', at: clock.now() })
    }),
    every(clock, PRESENCE_MS, () => sayPresence(parts, core, deliveries)),
  )
  sayPresence(parts, core, deliveries)
}

function sayPresence(
  { cluster, name, bus, clock }: EngineParts,
  core: AlertCore,
  deliveries: Deliveries,
): void {
  const open = [...core.state.incidents.values()].filter(isOpen)
  const presence = {
    alerter: name,
    at: clock.now(),
    open: open.length,
    acknowledged: open.filter(({ ack }) => ack !== undefined).length,
    silences: core.state.silences.size,
    deadLetters: deliveries.deadLetters().length,
  }
  bus.publish(alertingSubject(cluster), alertingMessage.encode(presence))
}

function channelsOf({ state }: AlertCore): ReadonlyMap<string, ChannelSettings> {
  return new Map(Object.entries(state.policy.channels))
}

/** A file that cannot be read leaves the one before in force. */
function readFile(logger: Logger, value: Uint8Array | undefined): Cluster | undefined {
  if (value === undefined) return undefined
  try {
    return clusterRevisionMessage.decode(value).cluster
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    logger.error({ error }, 'cluster file refused')
    return undefined
  }
}

function wallTimes(): AlertCore['state']['config']['wallTime'] {
  const zones = new Map<string, WallClock>()
  return (timeZone, at) => {
    const clock = zones.get(timeZone) ?? createWallClock(timeZone)
    zones.set(timeZone, clock)
    return wallTime(clock.wallOf(at))
  }
}
