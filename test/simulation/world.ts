import { createController } from '../../services/controller/controller.ts'
import { createDirector } from '../../services/director/director.ts'
import { createProberService } from '../../services/prober/prober-service.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import type { CheckSpec } from '../../services/shared/domain/check-spec.ts'
import type { TableVersion } from '../../services/shared/domain/desired-table.ts'
import type { Bus } from '../../services/shared/ports/bus.ts'
import type { IpvsTable } from '../../services/shared/ports/ipvs-table.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import type { Service } from '../../services/shared/runtime/service.ts'
import { directorReportMessage } from '../../services/shared/wire/director-report-message.ts'
import { reportSubject } from '../../services/shared/wire/subjects.ts'
import { Adversary, type Member } from '../support/simulation/adversary.ts'
import { createRandom, type Random } from '../support/simulation/random.ts'
import { createSimClock, type SimClock } from '../support/simulation/sim-clock.ts'
import { CLUSTER, DIRECTORS, REAL_SERVERS } from './cluster.ts'

/** Every process that can be killed, and what it is. */
export const PROCESSES = {
  'controller-1': { role: 'controller' },
  'controller-2': { role: 'controller' },
  'prober-1': { role: 'prober', vantage: 'rack' },
  'prober-2': { role: 'prober', vantage: 'rack' },
  'prober-3': { role: 'prober', vantage: 'office' },
  lb1: { role: 'director' },
  lb2: { role: 'director' },
} as const
/** Name of a process. */
export type ProcessName = keyof typeof PROCESSES
/** All of them. */
export const PROCESS_NAMES = Object.keys(PROCESSES) as readonly ProcessName[]
/** A director of the simulation. */
export type DirectorName = (typeof DIRECTORS)[number]

/** What the simulation is told of while it runs. */
export interface WorldListener {
  /** The table of a director has changed by its agent's hand. */
  onApplied(director: DirectorName): Promise<void>
  /** A director says which table it holds. */
  onReported(director: DirectorName, version: TableVersion): void
}

/** Whether a real server really answers, and since when. */
export interface Truth {
  isUp: boolean
  sinceMs: number
}

const RESTART_MS = 1000
const PROBE_MS = 5

/** Every process of a cluster on one bus, on a clock that stands still until it is moved. */
export class World {
  readonly clock: SimClock = createSimClock()
  readonly adversary: Adversary
  /** For what happens, apart from the network's own chance. */
  readonly random: Random
  readonly truth: ReadonlyMap<string, Truth>
  /** Real servers that the probers of a vantage cannot see, though they answer. */
  readonly unseen = new Map<string, ReadonlySet<string>>()
  /** Which vantage was blind last, and until when. */
  readonly lastBlind = { vantage: '', untilMs: Number.NEGATIVE_INFINITY }
  /** Kernels live longer than agents. */
  readonly tables = new Map<DirectorName, IpvsTable>()
  readonly errors: string[] = []
  readonly #running = new Map<ProcessName, { readonly member: Member; readonly service: Service }>()
  readonly #listener: WorldListener

  constructor(seed: number, listener: WorldListener) {
    this.#listener = listener
    this.random = createRandom(seed)
    this.adversary = new Adversary({
      seed: this.random.below(2 ** 32),
      clock: this.clock,
      onError: (error, where) => this.errors.push(`${where}: ${String(error)}`),
    })
    const sinceMs = Number.NEGATIVE_INFINITY
    this.truth = new Map(
      [...REAL_SERVERS.values()].map((address) => [address, { isUp: true, sinceMs }]),
    )
    for (const director of DIRECTORS) this.tables.set(director, createMemoryTable())
  }

  isRunning(name: ProcessName): boolean {
    return this.#running.has(name)
  }

  /** A process starts; one that cannot is started again, as by systemd. */
  start(name: ProcessName): void {
    const member = this.adversary.join(name)
    const service = this.#create(name, member)
    this.#running.set(name, { member, service })
    service.start().catch((error: unknown) => {
      this.note(`${name} cannot start: ${String(error)}`)
      this.clock.after(RESTART_MS, () => {
        if (this.#running.get(name)?.service === service) this.start(name)
      })
    })
  }

  kill(name: ProcessName): void {
    if (!this.#running.delete(name)) return
    this.adversary.crash(name)
  }

  /** The machine of a director goes down: its kernel forgets the table. */
  crashMachine(director: DirectorName): void {
    this.kill(director)
    this.tables.set(director, createMemoryTable())
  }

  setUp(address: string, isUp: boolean): void {
    const truth = this.truth.get(address)
    if (truth === undefined || truth.isUp === isUp) return
    truth.isUp = isUp
    truth.sinceMs = this.clock.monotonic()
    this.note(`${address} ${isUp ? 'answers' : 'is dead'}`)
  }

  /** Part of what two runs with one seed must have in common. */
  note(line: string): void {
    this.adversary.network.note(line)
  }

  #create(name: ProcessName, { bus, clock }: Member): Service {
    const what = PROCESSES[name]
    const ports = { bus, clock, logger: silentLogger }
    switch (what.role) {
      case 'controller':
        return createController({ cluster: CLUSTER, name, gatherMs: 2500 }, ports)
      case 'prober': {
        const { vantage } = what
        const random = this.random.fork().next
        const config = { name, vantage, cluster: CLUSTER }
        const runProbe = (spec: CheckSpec) => this.#probe(vantage, spec, clock)
        return createProberService(config, { ...ports, random, runProbe })
      }
      case 'director':
        return this.#createDirector(name as DirectorName, ports)
    }
  }

  #createDirector(
    name: DirectorName,
    ports: Pick<Member, 'bus' | 'clock'> & { readonly logger: typeof silentLogger },
  ): Service {
    const kernel = this.tables.get(name)
    if (kernel === undefined) throw new RangeError(`no director ${name}`)
    const table: IpvsTable = {
      ...kernel,
      apply: async (changes) => {
        const failures = await kernel.apply(changes)
        await this.#listener.onApplied(name)
        return failures
      },
      // The kernel does not go with its agent.
      close: () => undefined,
    }
    const bus = listeningTo(ports.bus, reportSubject(CLUSTER, name), (payload) => {
      this.#listener.onReported(name, directorReportMessage.decode(payload))
    })
    const config = { cluster: CLUSTER, name, clearOnExit: false }
    return createDirector(config, { ...ports, bus, table, sysctls: createMemorySysctlStore() })
  }

  #probe(vantage: string, { target, timeoutMs }: CheckSpec, clock: Member['clock']) {
    const { address } = target
    const isSeen = this.unseen.get(vantage)?.has(address) !== true
    const isUp = this.truth.get(address)?.isUp !== false
    const durationMs = isSeen ? PROBE_MS : timeoutMs
    const outcome =
      isSeen && isUp
        ? ({ outcome: 'pass', detail: '' } as const)
        : ({ outcome: 'fail', layer: 'connect', code: 'connect.refused', detail: '' } as const)
    return new Promise<{ outcome: typeof outcome; durationMs: number }>((resolve) => {
      clock.after(durationMs, () => resolve({ outcome, durationMs }))
    })
  }
}

/** A bus on which what is published under one subject is heard by somebody, too. */
function listeningTo(bus: Bus, subject: string, hear: (payload: Uint8Array) => void): Bus {
  return {
    publish(to, payload) {
      if (to === subject) hear(payload)
      bus.publish(to, payload)
    },
    subscribe: (to, handler) => bus.subscribe(to, handler),
    request: (to, payload, timeoutMs) => bus.request(to, payload, timeoutMs),
    reply: (to, handler) => bus.reply(to, handler),
    keyValue: (bucket, options) => bus.keyValue(bucket, options),
    log: (stream) => bus.log(stream),
    isConnected: () => bus.isConnected(),
    close: () => bus.close(),
  }
}
