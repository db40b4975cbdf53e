import type { Bus } from '../../../services/shared/ports/bus.ts'
import type { Clock } from '../../../services/shared/ports/clock.ts'
import { createHubStores, type HubStores } from './hub-stores.ts'
import { type Faults, HUB, Network } from './network.ts'
import { Party } from './party.ts'
import { createRandom, type Random } from './random.ts'

/** What an adversary is made with. */
export interface AdversaryOptions {
  readonly seed: number
  readonly clock: Clock
  /** Told of what handlers threw. */
  readonly onError?: (error: unknown, where: string) => void
}

/** One process of the simulation: its bus, and its clock, which stops with it. */
export interface Member {
  readonly name: string
  readonly bus: Bus
  readonly clock: Clock
}

/** The hub as its parties see it. */
export interface HubPorts {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly stores: HubStores
  readonly isHubUp: () => boolean
  readonly parties: () => readonly Party[]
  readonly onError: (error: unknown, where: string) => void
}

/**
 * A bus for many parties of which everything that a network can do wrong is done by seed: messages
 * lost, doubled, late and overtaken; parties cut off from each other or from the hub; parties that
 * crash; the hub gone, with or without its stores. The same seed and the same calls give the same
 * run.
 */
export class Adversary {
  readonly network: Network
  readonly random: Random
  readonly #parties = new Map<string, Party>()
  readonly #stores: HubStores
  readonly #ports: HubPorts
  #isHubUp = true

  constructor({ seed, clock, onError = () => undefined }: AdversaryOptions) {
    this.random = createRandom(seed)
    this.network = new Network({ clock, random: this.random.fork() })
    this.#stores = createHubStores(clock, onError)
    this.#ports = {
      clock,
      random: this.random.fork(),
      network: this.network,
      stores: this.#stores,
      isHubUp: () => this.#isHubUp,
      parties: () => [...this.#parties.values()],
      onError,
    }
  }

  /** A process starts; under a name that was there before, another life of it. */
  join(name: string): Member {
    if (name === HUB) throw new RangeError(`${HUB} is the hub`)
    this.#parties.get(name)?.crash()
    const party = new Party(name, this.#ports)
    this.#parties.set(name, party)
    this.network.note(`join ${name}`)
    return { name, bus: party, clock: party.clock }
  }

  /** As `kill -9`: it says and hears no more, its timers stop, what it waits for never ends. */
  crash(name: string): void {
    this.network.note(`crash ${name}`)
    this.#party(name).crash()
    this.#parties.delete(name)
  }

  setFaults(faults: Partial<Faults>): void {
    this.network.setFaults(faults)
  }

  /** Two parties hear nothing of each other; both still have the hub. */
  cut(one: string, other: string): void {
    this.network.cut(one, other)
  }

  heal(one: string, other: string): void {
    this.network.heal(one, other)
  }

  /** A party is cut off from everything, and notices after a while, as by pings. */
  isolate(name: string): void {
    this.network.cut(name, HUB)
    this.#party(name).onCut()
  }

  rejoin(name: string): void {
    this.network.heal(name, HUB)
    this.#party(name).onHealed()
  }

  /** NATS ends: everybody notices at once. */
  stopHub(): void {
    this.network.note('stop hub')
    this.#isHubUp = false
    for (const party of this.#parties.values()) party.onHubGone()
  }

  /** NATS is back; `empty` without what it had stored. */
  startHub({ empty = false }: { readonly empty?: boolean } = {}): void {
    this.network.note(`start hub ${empty ? 'empty' : ''}`)
    this.#isHubUp = true
    if (empty) {
      this.#stores.lose()
      for (const party of this.#parties.values()) party.onStoresLost()
    }
    for (const party of this.#parties.values()) party.onHealed()
  }

  /** The wall clock of one party goes forward or back. */
  jumpClock(name: string, ms: number): void {
    this.network.note(`jump ${name} ${ms}`)
    this.#party(name).jumpClock(ms)
  }

  names(): readonly string[] {
    return [...this.#parties.keys()]
  }

  /** What two runs with the same seed have in common. */
  digest(): string {
    return this.network.digest()
  }

  #party(name: string): Party {
    const party = this.#parties.get(name)
    if (party === undefined) throw new RangeError(`nobody is called ${name}`)
    return party
  }
}
