import { CALM } from '../support/simulation/network.ts'
import { DIRECTORS } from './cluster.ts'
import { EVENTS, FAULTS, FAULTS_BESIDE_BLINDNESS } from './faults.ts'
import { Invariants } from './invariants.ts'
import { Operators } from './operators.ts'
import { type DirectorName, PROCESS_NAMES, World } from './world.ts'

/** What came of a run. */
export interface Outcome {
  readonly seed: number
  /** On the wall clock of the cluster. */
  readonly hours: number
  /** Of these, lived through timer by timer; the rest are nights over which all clocks leapt. */
  readonly livedHours: number
  readonly episodes: number
  /** What happened, how often. */
  readonly happened: Readonly<Record<string, number>>
  /** The same for two runs with the same seed and hours. */
  readonly hash: string
  readonly violations: readonly string[]
  /** The last that happened before a violation. */
  readonly recent: readonly string[]
}

const START_MS = 60_000
const SETTLE_MS = 120_000
/** Gap between two things that happen, at most. */
const GAP_MS = 15_000
const MOST_HAPPENINGS = 14
const MOST_NIGHT_MS = 16 * 3600_000
const HOUR_MS = 3600_000

/**
 * A cluster, and everything that goes wrong with it. An episode is a row of faults and orders that
 * overlap, then the end of all faults, time to settle, and a look at everything; after it a night
 * in which nothing happens.
 */
export class Simulation {
  readonly world: World
  readonly operators: Operators
  readonly invariants: Invariants
  readonly isolated = new Set<string>()
  readonly hub = { isStopped: false }
  readonly #seed: number
  readonly #happened = new Map<string, number>()
  #work: Promise<unknown>[] = []
  #episodes = 0

  constructor(seed: number) {
    this.#seed = seed
    this.invariants = new Invariants(
      () => this.world,
      () => this.operators,
    )
    this.world = new World(seed, this.invariants)
    this.operators = new Operators(this.world)
  }

  /** Runs for so many hours, or until something is not as it must be. */
  async run(hours: number): Promise<Outcome> {
    const { clock } = this.world
    const startedAt = clock.now()
    this.do(this.operators.apply(this.operators.variant))
    await clock.advance(1000)
    for (const name of PROCESS_NAMES) this.world.start(name)
    await clock.advance(START_MS)
    await this.#look()
    while (!this.#isBroken() && clock.now() - startedAt < hours * HOUR_MS) await this.#episode()
    return {
      seed: this.#seed,
      hours: (clock.now() - startedAt) / HOUR_MS,
      livedHours: clock.monotonic() / HOUR_MS,
      episodes: this.#episodes,
      happened: Object.fromEntries([...this.#happened].sort()),
      hash: this.world.adversary.digest(),
      violations: this.invariants.violations,
      recent: this.#isBroken() ? this.world.adversary.network.recent() : [],
    }
  }

  /** A table is another now by no doing of ours. */
  accept(director: DirectorName): void {
    this.do(this.invariants.accept(director))
  }

  /** Something that goes on by itself, and is over at the end of the episode. */
  readonly do = (work: Promise<unknown>): void => {
    this.#work.push(work)
  }

  async #episode(): Promise<void> {
    const { random, clock } = this.world
    const faults = random.chance(0.3) ? FAULTS_BESIDE_BLINDNESS : FAULTS
    const endings: (() => void)[] = []
    this.#episodes++
    for (let left = 1 + random.below(MOST_HAPPENINGS); left > 0 && !this.#isBroken(); left--) {
      const fault = random.pick(random.chance(0.6) ? faults : EVENTS)
      this.world.note(`begins: ${fault.name}`)
      this.#happened.set(fault.name, (this.#happened.get(fault.name) ?? 0) + 1)
      const end = fault.begin(this)
      if (end !== undefined) endings.push(end)
      await clock.advance(Math.round(random.between(0, GAP_MS)))
      while (endings.length > 0 && random.chance(0.4)) endings.shift()?.()
    }
    for (const end of endings) end()
    await this.#settle()
    if (!this.#isBroken()) this.#night()
  }

  async #settle(): Promise<void> {
    const { world, operators } = this
    world.note('all faults end')
    world.adversary.setFaults(CALM)
    const sure = Promise.all(this.#work).then(() => operators.makeSure())
    this.#work = []
    await world.clock.advance(SETTLE_MS)
    this.do(sure)
    await this.#look()
  }

  #night(): void {
    const { random, clock } = this.world
    const nightMs = Math.round(random.between(0, MOST_NIGHT_MS))
    clock.leap(nightMs)
    this.world.note(`night of ${nightMs}`)
  }

  async #look(): Promise<void> {
    const { world, operators, invariants } = this
    const work = this.#work
    this.#work = []
    let isAnswered = false
    const seen = Promise.all(work)
      .then(() => Promise.all([operators.stored(), operators.logged()]))
      .finally(() => {
        isAnswered = true
      })
    await world.clock.advance(1000)
    if (!isAnswered) throw new Error(`seed ${this.#seed}: nobody answers, though all is well again`)
    const [stored = [], logged = []] = await seen
    invariants.checkStores(stored, logged)
    await invariants.checkSettled(DIRECTORS)
  }

  #isBroken(): boolean {
    return this.invariants.violations.length > 0
  }
}

/** Runs one simulation. */
export function simulate(seed: number, hours: number): Promise<Outcome> {
  return new Simulation(seed).run(hours)
}
