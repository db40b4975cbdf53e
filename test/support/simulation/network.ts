import { createHash } from 'node:crypto'
import type { Clock } from '../../../services/shared/ports/clock.ts'
import type { Random } from './random.ts'

/** What goes wrong on the way, in shares of all messages. */
export interface Faults {
  readonly drop: number
  readonly duplicate: number
  /** Those that may overtake and be overtaken; the others keep their order. */
  readonly reorder: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Calls to a store of which the call or the answer is lost. */
  readonly storeLoss: number
}

/** Nothing goes wrong, and all takes a moment. */
export const CALM: Faults = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  minDelayMs: 1,
  maxDelayMs: 3,
  storeLoss: 0,
}

/** The name of the server that keeps the stores: who is cut off from it is off the bus. */
export const HUB = 'nats'

/** What a network is made from. */
export interface NetworkPorts {
  readonly clock: Clock
  readonly random: Random
}

/** Whether losing, doubling and overtaking may happen to a transmission. */
export type Reliability = 'message' | 'store-call' | 'stream'

const RECENT = 200

/**
 * Ways between named parties, over which everything takes its time or gets lost. What happens is
 * written down, so that two runs can be compared to the byte.
 */
export class Network {
  readonly #ports: NetworkPorts
  readonly #cuts = new Set<string>()
  /** When the last of those that keep their order arrives, by link. */
  readonly #lastDueMs = new Map<string, number>()
  readonly #hash = createHash('sha256')
  readonly #recent: string[] = []
  #faults = CALM
  #underWay = 0

  constructor(ports: NetworkPorts) {
    this.#ports = ports
  }

  setFaults(faults: Partial<Faults>): void {
    this.#faults = { ...this.#faults, ...faults }
    this.note(`faults ${JSON.stringify(faults)}`)
  }

  /** Nothing gets from one to the other, in either direction. */
  cut(one: string, other: string): void {
    this.#cuts.add(linkOf(one, other)).add(linkOf(other, one))
    this.note(`cut ${one} ${other}`)
  }

  heal(one: string, other: string): void {
    this.#cuts.delete(linkOf(one, other))
    this.#cuts.delete(linkOf(other, one))
    this.note(`heal ${one} ${other}`)
  }

  isCut(one: string, other: string): boolean {
    return this.#cuts.has(linkOf(one, other))
  }

  /**
   * Delivers after a while, or never: lost on the way, or the link was cut before it arrived, which
   * no party is told.
   */
  send(from: string, to: string, what: string, how: Reliability, deliver: () => void): void {
    const { drop, duplicate, storeLoss } = this.#faults
    const { random } = this.#ports
    const loss = how === 'message' ? drop : how === 'store-call' ? storeLoss : 0
    const isLost = random.chance(loss)
    const isTwice = random.chance(how === 'message' ? duplicate : 0)
    if (isLost || this.isCut(from, to)) {
      this.note(`lost ${from} ${to} ${what}`)
      return
    }
    this.#carry(from, to, what, how, deliver)
    if (isTwice) this.#carry(from, to, what, how, deliver)
  }

  /** Writes down something that happened. */
  note(line: string): void {
    const entry = `${this.#ports.clock.monotonic()} ${line}\n`
    this.#hash.update(entry)
    this.#recent.push(entry.trimEnd())
    if (this.#recent.length > RECENT) this.#recent.shift()
  }

  /** Transmissions that have not arrived. */
  underWay(): number {
    return this.#underWay
  }

  /** The same for two runs in which the same happened at the same times. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** The last of what happened, for people who look for a fault. */
  recent(): readonly string[] {
    return [...this.#recent]
  }

  #carry(from: string, to: string, what: string, how: Reliability, deliver: () => void): void {
    const { clock, random } = this.#ports
    const { minDelayMs, maxDelayMs, reorder } = this.#faults
    const link = linkOf(from, to)
    const nowMs = clock.monotonic()
    const delayMs = Math.round(random.between(minDelayMs, maxDelayMs))
    const mayOvertake = random.chance(how === 'message' ? reorder : 0)
    const lastMs = this.#lastDueMs.get(link) ?? 0
    const dueMs = mayOvertake ? nowMs + delayMs : Math.max(lastMs, nowMs + delayMs)
    if (!mayOvertake) this.#lastDueMs.set(link, dueMs)
    this.#underWay++
    clock.after(dueMs - nowMs, () => {
      this.#underWay--
      if (this.isCut(from, to)) {
        this.note(`lost ${from} ${to} ${what}`)
        return
      }
      this.note(`came ${from} ${to} ${what}`)
      deliver()
    })
  }
}

function linkOf(from: string, to: string): string {
  return `${from}\n${to}`
}
