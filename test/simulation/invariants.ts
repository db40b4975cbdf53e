import { compareVersions, type TableVersion } from '../../services/shared/domain/desired-table.ts'
import { serverKey } from '../../services/shared/domain/server-key.ts'
import { type Cluster, serviceKey } from '../../services/shared/domain/virtual-service.ts'
import { buildCluster, LASTING, REAL_SERVERS, type Weights, weightsOf } from './cluster.ts'
import type { Operators } from './operators.ts'
import type { DirectorName, World } from './world.ts'

/** What operators were told is so everywhere after this long. */
const TOLD_MS = 10_000
/** Who has answered for so long has been looked at often enough, even if much got lost. */
const SEEN_MS = 60_000
const NOTHING: Weights = new Map()

/** Watches what directors do to their tables, and says what must not be. */
export class Invariants {
  readonly violations: string[] = []
  readonly #world: () => World
  readonly #operators: () => Operators
  readonly #before = new Map<DirectorName, Weights>()
  readonly #versions = new Map<DirectorName, TableVersion>()
  /** When all was last known to be as it should. */
  #settledMs = 0

  constructor(world: () => World, operators: () => Operators) {
    this.#world = world
    this.#operators = operators
  }

  /** A table is another by no doing of ours. */
  async accept(director: DirectorName): Promise<void> {
    this.#before.set(director, await this.#read(director))
  }

  /** An agent has changed its table. */
  async onApplied(director: DirectorName): Promise<void> {
    const before = this.#before.get(director) ?? NOTHING
    const after = await this.#read(director)
    this.#before.set(director, after)
    this.#world().note(`${director} has ${inWords(after)}`)
    for (const { key, name, address } of rowsOf(this.#cluster())) {
      const had = before.get(key) ?? 0
      const has = after.get(key) ?? 0
      if (had > 0 && has === 0 && this.#mustStay(name, address))
        this.#violate(`${director}: ${name} is well, but ${key} left the table`)
      if (had === 0 && has > 0 && this.#mustStayOut(name))
        this.#violate(`${director}: ${name} is out by an operator, but ${key} gained weight ${has}`)
    }
  }

  /** A director never goes back to an older table, not even over restarts. */
  onReported(director: DirectorName, version: TableVersion): void {
    const before = this.#versions.get(director)
    const { epoch, generation } = version
    if (epoch === 0) return
    this.#versions.set(director, { epoch, generation })
    if (before === undefined || compareVersions(version, before) >= 0) return
    const was = `${before.epoch}.${before.generation}`
    this.#violate(`${director}: table ${epoch}.${generation} after ${was}`)
  }

  /** What must be so when nothing has been wrong for long. */
  async checkSettled(directors: readonly DirectorName[]): Promise<void> {
    this.#settledMs = this.#world().clock.monotonic()
    const demanded = inWords(this.#demanded())
    for (const director of directors) {
      const has = inWords(serving(await this.#read(director)))
      if (has !== demanded) this.#violate(`${director} has ${has}, but is to have ${demanded}`)
    }
  }

  /** Nothing that operators were told is done may be missing. */
  checkStores(stored: readonly string[], logged: readonly string[]): void {
    const operators = this.#operators()
    const out = [...REAL_SERVERS.keys()].filter((name) => this.#isOut(name)).sort()
    if (out.join(' ') !== stored.join(' '))
      this.#violate(`overrides stored of "${stored.join(' ')}", wanted "${out.join(' ')}"`)
    for (const reason of operators.acknowledged) {
      if (!logged.some((message) => message.includes(reason)))
        this.#violate(`the log has nothing of ${reason}`)
    }
  }

  #demanded(): Weights {
    const demanded = new Map<string, number>()
    for (const service of this.#cluster().virtualServices) {
      const key = serviceKey(service.address)
      let able = 0
      for (const server of service.realServers) {
        const isUp = this.#world().truth.get(server.address)?.isUp === true
        if (!isUp || this.#isOut(server.name)) continue
        able++
        demanded.set(`${key} ${serverKey(server)}`, server.weight)
      }
      const { sorryServer } = service
      if (able === 0 && sorryServer !== undefined)
        demanded.set(`${key} ${serverKey(sorryServer)}`, 1)
    }
    return demanded
  }

  #isOut(name: string): boolean {
    const { state, until } = this.#operators().wordOn(name)
    return state === 'out' && this.#world().clock.now() < until
  }

  /**
   * Who has answered for so long that everybody has seen it, and of whom no operator has spoken.
   * One that is not in every cluster file leaves with an older file, where that is late.
   */
  #mustStay(name: string, address: string): boolean {
    const nowMs = this.#world().clock.monotonic()
    const truth = this.#world().truth.get(address)
    const word = this.#operators().wordOn(name)
    if (!LASTING.includes(name) && this.#operators().changedMs > this.#settledMs) return false
    if (word.state !== 'enabled' || nowMs - word.sinceMs < TOLD_MS) return false
    return truth?.isUp === true && nowMs - truth.sinceMs >= SEEN_MS
  }

  #mustStayOut(name: string): boolean {
    const { sinceMs } = this.#operators().wordOn(name)
    return this.#isOut(name) && this.#world().clock.monotonic() - sinceMs >= TOLD_MS
  }

  #cluster(): Cluster {
    return buildCluster(this.#operators().variant)
  }

  async #read(director: DirectorName): Promise<Weights> {
    const table = this.#world().tables.get(director)
    return table === undefined ? NOTHING : weightsOf(await table.read())
  }

  #violate(what: string): void {
    const at = (this.#world().clock.monotonic() / 1000).toFixed(3)
    this.violations.push(`at ${at} s: ${what}`)
    this.#world().note(`violation: ${what}`)
  }
}

function rowsOf({ virtualServices }: Cluster) {
  return virtualServices.flatMap(({ address: vip, realServers }) =>
    realServers.map((server) => {
      const { name, address } = server
      return { key: `${serviceKey(vip)} ${serverKey(server)}`, name, address }
    }),
  )
}

/** Only rows that get new clients. */
function serving(weights: Weights): Weights {
  return new Map([...weights].filter(([, weight]) => weight > 0))
}

function inWords(weights: Weights): string {
  return [...weights]
    .map(([key, weight]) => `${key}=${weight}`)
    .sort()
    .join(' ')
}
