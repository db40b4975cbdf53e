import { checkKey } from '../../../services/shared/adapters/subject.ts'
import type {
  EventLog,
  KeyValue,
  KeyValueOptions,
  LoggedEvent,
} from '../../../services/shared/ports/bus.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
import type { HubPorts } from './adversary.ts'
import { HUB } from './network.ts'
import { PartyStream } from './party-stream.ts'

/** What its stores know of a party. */
export interface PartyFacts {
  readonly name: string
  isConnected(): boolean
  isAlive(): boolean
  isClosed(): boolean
  /** Runs a handler of the party, if it still lives. */
  run(callback: () => unknown, where: string): void
}

/** How a call ended. */
export type CallOutcome<Value> = { readonly value: Value } | { readonly error: unknown }

interface Followed {
  readonly stream: PartyStream
  stopAtHub: () => void
  /** At the start and after every loss of the stores; `isAgain` then. */
  readonly begin: (isAgain: boolean) => () => void
}

const STORE_TIMEOUT_MS = 2000
const APPEND_RETRY_MS = 500

/** A party's way to the stores of the hub: calls that may be lost, streams that come back. */
export class PartyStores {
  readonly #ports: HubPorts
  readonly #party: PartyFacts
  readonly #followed = new Set<Followed>()
  readonly #waiting = new Set<(outcome: CallOutcome<never>) => void>()

  constructor(ports: HubPorts, party: PartyFacts) {
    this.#ports = ports
    this.#party = party
  }

  async keyValue(bucket: string, options: KeyValueOptions): Promise<KeyValue> {
    const at = () => this.#ports.stores.keyValue(bucket, options)
    await this.#call(`open ${bucket}`, async () => at().get('any'))
    return {
      get: (key) => this.#call(`get ${bucket} ${key}`, () => at().get(key)),
      entries: () => this.#call(`entries ${bucket}`, () => at().entries()),
      put: async (key, value, expected) => {
        checkKey(key)
        const copy = value.slice()
        return this.#call(`put ${bucket} ${key}`, () => at().put(key, copy, expected))
      },
      delete: async (key, expected) => {
        checkKey(key)
        await this.#call(`delete ${bucket} ${key}`, () => at().delete(key, expected))
      },
      watch: (handler) => {
        const known = new Set<string>()
        return this.#follow(bucket, (stream) =>
          at().watch((entry) => {
            const { key, value } = entry
            const deliver = () => {
              if (value !== undefined) known.add(key)
              else if (!known.delete(key)) return
              this.#party.run(() => handler(entry), bucket)
            }
            stream.offer({ key, deliver })
          }),
        )
      },
    }
  }

  async log(name: string): Promise<EventLog> {
    const at = () => this.#ports.stores.log(name)
    await this.#call(`open ${name}`, () => at().tail(0))
    return {
      append: (payload) => this.#append(name, payload.slice(), at),
      tail: (limit) => this.#call(`tail ${name}`, () => at().tail(limit)),
      follow: (handler, after) =>
        this.#follow(name, (stream, isAgain) =>
          at().follow(
            (event: LoggedEvent) => {
              stream.offer({ deliver: () => this.#party.run(() => handler(event), name) })
            },
            isAgain ? 0 : after,
          ),
        ),
    }
  }

  /** Waits for an outcome, no longer than so; one who crashed waits for ever. */
  wait<Value>(
    what: string,
    timeoutMs: number,
    begin: (settle: (outcome: CallOutcome<Value>) => void) => void,
  ): Promise<Value> {
    if (this.#party.isClosed()) return Promise.reject(closedError())
    if (!this.#party.isConnected()) {
      return Promise.reject(retryable('bus.disconnected', `${what}: NATS is away`))
    }
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.after(timeoutMs, () => {
        settle({ error: retryable('bus.timeout', `${what}: no answer in time`) })
      })
      const settle = (outcome: CallOutcome<Value>): void => {
        if (!this.#waiting.delete(settle) || !this.#party.isAlive()) return
        cancel()
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.value)
      }
      this.#waiting.add(settle)
      begin(settle)
    })
  }

  resume(): void {
    for (const { stream } of this.#followed) stream.resume()
  }

  beginAnew(): void {
    for (const followed of this.#followed) {
      followed.stopAtHub()
      followed.stopAtHub = followed.begin(true)
    }
  }

  /** What waits is told, unless its party crashed. */
  close(): void {
    for (const { stream, stopAtHub } of this.#followed) {
      stream.stop()
      stopAtHub()
    }
    this.#followed.clear()
    for (const settle of [...this.#waiting]) settle({ error: closedError() })
  }

  /** There and back, either of which may be lost: then nobody knows whether it was done. */
  #call<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
    const { network, isHubUp } = this.#ports
    const { name } = this.#party
    return this.wait(what, STORE_TIMEOUT_MS, (settle) => {
      network.send(name, HUB, what, 'store-call', () => {
        if (!isHubUp()) return
        const answer = (outcome: CallOutcome<Value>) =>
          network.send(HUB, name, `${what} done`, 'store-call', () => {
            if (isHubUp()) settle(outcome)
          })
        work().then(
          (value) => answer({ value }),
          (error: unknown) => answer({ error }),
        )
      })
    })
  }

  /** Tried until it is stored, and stored once in each life of the stores. */
  async #append(name: string, payload: Uint8Array, at: () => EventLog): Promise<number> {
    const { clock, stores } = this.#ports
    let stored: { readonly life: number; readonly sequence: number } | undefined
    const work = async (): Promise<number> => {
      if (stored?.life === stores.life()) return stored.sequence
      const sequence = await at().append(payload)
      stored = { life: stores.life(), sequence }
      return sequence
    }
    for (;;) {
      try {
        return await this.#call(`append ${name}`, work)
      } catch (error) {
        if (!(error instanceof ServiceError) || !error.retryable) throw error
      }
      await new Promise<void>((resolve) => clock.after(APPEND_RETRY_MS, resolve))
    }
  }

  #follow(what: string, begin: (stream: PartyStream, isAgain: boolean) => () => void): () => void {
    const { network } = this.#ports
    const { name } = this.#party
    const stream = new PartyStream({
      isOpen: () => this.#party.isConnected(),
      send: (arrived) =>
        network.send(HUB, name, what, 'stream', () => {
          if (this.#party.isConnected()) arrived()
        }),
    })
    const start = (isAgain: boolean) => begin(stream, isAgain)
    const followed: Followed = { stream, stopAtHub: start(false), begin: start }
    this.#followed.add(followed)
    return () => {
      this.#followed.delete(followed)
      stream.stop()
      followed.stopAtHub()
    }
  }
}

function retryable(code: string, message: string): ServiceError {
  return new ServiceError(code, message, { retryable: true })
}

function closedError(): ServiceError {
  return new ServiceError('bus.closed', 'the bus is closed')
}
