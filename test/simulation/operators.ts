import { openRevisionStore } from '../../services/shared/coordination/revision-store.ts'
import type { OverrideRequest } from '../../services/shared/wire/api.ts'
import { api } from '../../services/shared/wire/api.ts'
import { logEventMessage } from '../../services/shared/wire/log-event-message.ts'
import { apiSubject, bucketName, eventStream } from '../../services/shared/wire/subjects.ts'
import type { Member } from '../support/simulation/adversary.ts'
import { buildCluster, CLUSTER, type Variant } from './cluster.ts'
import type { World } from './world.ts'

/** What an operator may ask of a real server. */
export type Verb = 'drain' | 'maintenance' | 'enable'

/** What operators know of a real server by the answers that they got. */
export interface Word {
  /** `unsure`: an answer is still to come, or never came. */
  readonly state: 'enabled' | 'out' | 'unsure'
  /** By the monotonic clock. */
  readonly sinceMs: number
  /** By the wall clock. */
  readonly until: number
}

const ENABLED: Word = { state: 'enabled', sinceMs: Number.NEGATIVE_INFINITY, until: Infinity }
const TIMEOUT_MS = 4000
const RETRY_MS = 1000

/** The people in front of `lvsctl`, who keep in mind what they were told. */
export class Operators {
  readonly #world: World
  readonly #member: Member
  readonly #words = new Map<string, Word>()
  /** Reasons of what was acknowledged: each must be found in the log. */
  readonly acknowledged = new Set<string>()
  #asked = 0
  #variant: Variant = { weight: 100, size: 4 }
  #changedMs = 0

  constructor(world: World) {
    this.#world = world
    this.#member = world.adversary.join('operators')
  }

  /** The cluster file that is in force, or the last that was put forward. */
  get variant(): Variant {
    return this.#variant
  }

  /** When a cluster file was put forward last, by the monotonic clock. */
  get changedMs(): number {
    return this.#changedMs
  }

  wordOn(server: string): Word {
    return this.#words.get(server) ?? ENABLED
  }

  /** Asks once; an answer that does not come leaves us unsure. */
  async ask(verb: Verb, server: string, forMs?: number): Promise<boolean> {
    const { clock } = this.#world
    this.#asked++
    const reason = `order-${this.#asked}.`
    const sinceMs = clock.monotonic()
    const until = forMs === undefined ? Infinity : clock.now() + forMs
    const unsure: Word = { state: 'unsure', sinceMs, until }
    this.#words.set(server, unsure)
    const limit = verb === 'enable' || forMs === undefined ? {} : { forMs }
    const request: OverrideRequest = { targets: [server], owner: 'sim', reason, ...limit }
    try {
      const subject = apiSubject(CLUSTER, verb)
      const answer = await this.#member.bus.request(
        subject,
        api[verb].request.encode(request),
        TIMEOUT_MS,
      )
      api[verb].response.decode(answer)
      this.#world.note(`${verb} ${server} done`)
      if (verb !== 'enable') this.acknowledged.add(reason)
      const state = verb === 'enable' ? 'enabled' : 'out'
      // What was asked for meanwhile counts, whatever came of this.
      if (this.#words.get(server) === unsure)
        this.#words.set(server, { state, sinceMs: clock.monotonic(), until })
      return true
    } catch (error) {
      this.#world.note(`${verb} ${server}: ${String(error)}`)
      return false
    }
  }

  /** Puts a cluster file in force, trying until it is. */
  async apply(variant: Variant): Promise<void> {
    const { clock } = this.#world
    this.#changedMs = clock.monotonic()
    this.#variant = variant
    const cluster = buildCluster(variant)
    while (this.#variant === variant) {
      try {
        const store = await openRevisionStore(this.#member.bus, CLUSTER)
        const draft = { file: 'shop.yaml', text: JSON.stringify(cluster), cluster }
        const about = { by: 'sim', reason: '', at: clock.now() }
        await store.put({ ...draft, ...about }, await store.current())
        break
      } catch (error) {
        this.#world.note(`apply: ${String(error)}`)
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
      }
    }
    this.#changedMs = clock.monotonic()
  }

  /** Where they are unsure, they enable, until they are told that it is so. */
  async makeSure(): Promise<void> {
    for (const [server, { state }] of this.#words) {
      if (state === 'unsure') await this.#insist(server)
    }
  }

  /** Real servers that the store has an override of. */
  async stored(): Promise<readonly string[]> {
    const bucket = await this.#member.bus.keyValue(bucketName(CLUSTER, 'overrides'))
    return (await bucket.entries()).map(({ key }) => key).sort()
  }

  /** Every message of the log. */
  async logged(): Promise<readonly string[]> {
    const log = await this.#member.bus.log(eventStream(CLUSTER))
    const events = await log.tail(Number.MAX_SAFE_INTEGER)
    return events.map(({ payload }) => logEventMessage.decode(payload).message)
  }

  async #insist(server: string): Promise<void> {
    const { clock } = this.#world
    while (!(await this.ask('enable', server))) {
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
    }
  }
}
