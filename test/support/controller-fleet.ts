import type { Outcome } from '../../probes/check.ts'
import { createController } from '../../services/controller/controller.ts'
import { createDirector } from '../../services/director/director.ts'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import type { LogEvent } from '../../services/shared/domain/log-event.ts'
import type { Table } from '../../services/shared/domain/table.ts'
import type { VirtualService } from '../../services/shared/domain/virtual-service.ts'
import type { Clock } from '../../services/shared/ports/clock.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import type { Service } from '../../services/shared/runtime/service.ts'
import { type ApiVerb, api, type Changed } from '../../services/shared/wire/api.ts'
import { clusterRevisionMessage } from '../../services/shared/wire/cluster-revision.ts'
import { logEventMessage } from '../../services/shared/wire/log-event-message.ts'
import { encodeObservations } from '../../services/shared/wire/observation-frame.ts'
import type { Status } from '../../services/shared/wire/status.ts'
import {
  apiSubject,
  bucketName,
  eventStream,
  observationsSubject,
} from '../../services/shared/wire/subjects.ts'
import { buildObservation, buildServer, buildService } from './cluster-builder.ts'
import { createGatedBus, type GatedBus } from './gated-bus.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import { createRecordingTable } from './standalone.ts'

const PASS: Outcome = { outcome: 'pass', detail: 'connected' }
const FAIL: Outcome = {
  outcome: 'fail',
  layer: 'connect',
  code: 'connect.refused',
  detail: 'want a connection, got none',
}

/** A controller and the gate between it and all others. */
export interface FleetController {
  readonly gate: GatedBus
  readonly service: Service
}

/** Controllers and directors on one bus; the test is the prober `p1` of `web1` to `web4`. */
export interface Fleet {
  readonly bus: MemoryBus
  readonly clock: ManualClock
  /** Starts a controller; one with a clock of its own can be stopped in its tracks. */
  controller(
    name: string,
    clock?: Clock,
    config?: { readonly gatherMs?: number },
  ): Promise<FleetController>
  /** One in shadow finds a table that somebody else holds. */
  director(
    name: string,
    shadow?: { readonly holds: Table },
  ): Promise<{
    readonly table: ReturnType<typeof createRecordingTable>
    readonly service: Service
  }>
  configure(change?: Partial<VirtualService>, directors?: readonly string[]): Promise<void>
  /** Who passes its check each second from now on; the others fail. */
  servers(up: readonly string[]): void
  /** Lets so much time pass; the prober looks each second. */
  seconds(count: number): Promise<void>
  settle(): Promise<void>
  ask<Request, Response>(verb: ApiVerb<Request, Response>, request: Request): Promise<Response>
  drain(server: string): Promise<Changed>
  status(): Promise<Status>
  /** All events but those about alerts. */
  events(): Promise<readonly LogEvent[]>
  alertEvents(): Promise<readonly string[]>
}

/** Real servers `web1` to `web4`, two to a rack. */
export const WEB = ['web1', 'web2', 'web3', 'web4'].map((name, index) =>
  buildServer({ name, address: `10.0.0.${11 + index}` }),
)

/** A fleet without anybody yet; the service `web` has `web1` to `web4`, all up. */
export function createFleet(): Fleet {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const probes = new Map(WEB.map(({ name, checks }) => [name, checks[0]?.probe]))
  let up: readonly string[] = WEB.map(({ name }) => name)

  function observe(): void {
    const observations = Array.from(probes).flatMap(([name, probe]) =>
      probe === undefined
        ? []
        : [buildObservation(probe, up.includes(name) ? PASS : FAIL, clock.now())],
    )
    const frame = { prober: 'p1', vantage: 'dc1', observations }
    bus.publish(observationsSubject('shop', 'p1'), encodeObservations(frame))
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      await clock.advance(0)
      await bus.settled()
    }
  }

  async function ask<Request, Response>(
    verb: ApiVerb<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const subject = apiSubject('shop', verb.name)
    const answer = bus.request(subject, verb.request.encode(request), 5000)
    answer.catch(() => undefined)
    await settle()
    return verb.response.decode(await answer)
  }

  async function logged(): Promise<readonly LogEvent[]> {
    const log = await bus.log(eventStream('shop'))
    return (await log.tail(1000)).map(({ payload }) => logEventMessage.decode(payload))
  }

  return {
    ...{ bus, clock, settle, ask },
    async controller(name, own = clock, config = {}) {
      const gate = createGatedBus(bus)
      const ports = { bus: gate, clock: own, logger: silentLogger }
      const service = createController({ cluster: 'shop', name, ...config }, ports)
      await service.start()
      await settle()
      return { gate, service }
    },
    async director(name, shadow) {
      const table = createRecordingTable()
      for (const held of shadow?.holds ?? []) await table.hold(held)
      const sysctls = createMemorySysctlStore()
      const ports = { bus, clock, logger: silentLogger, table, sysctls }
      const how = { clearOnExit: shadow !== undefined, shadow: shadow !== undefined }
      const service = createDirector({ cluster: 'shop', name, ...how }, ports)
      await service.start()
      await settle()
      return { table, service }
    },
    async configure(change = {}, directors) {
      const service = buildService({ realServers: WEB, ...change })
      const about = { revision: 1, file: 'f', by: 'test', reason: '', at: clock.now(), bytes: 1 }
      const cluster = {
        name: 'shop',
        ...(directors !== undefined && { directors }),
        virtualServices: [service],
      }
      const revision = { ...about, text: 'x', cluster, history: [about] }
      const bucket = await bus.keyValue(bucketName('shop', 'cluster-file'))
      await bucket.put('current', clusterRevisionMessage.encode(revision))
      await settle()
    },
    servers(names) {
      up = names
    },
    async seconds(count) {
      for (let second = 0; second < count; second++) {
        observe()
        await clock.advance(1000)
        await settle()
      }
    },
    drain: (server) => ask(api.drain, { targets: [server], owner: 'alice', reason: 'disk' }),
    status: () => ask(api.status, {}),
    async events() {
      return (await logged()).filter(({ type }) => !type.startsWith('alert-'))
    },
    async alertEvents() {
      const about = (await logged()).filter(({ type }) => type.startsWith('alert-'))
      return about.map(({ type, alert }) => `${type} ${alert}`)
    },
  }
}

/** Weights of the rows of a table, in the order of `web1` to `web4`; `null` is no row. */
export async function weightsOf(
  table: ReturnType<typeof createRecordingTable>,
): Promise<readonly (number | null)[]> {
  const rows = (await table.read()).flatMap(({ servers }) => servers)
  return WEB.map((server) => rows.find((row) => row.address === server.address)?.weight ?? null)
}
