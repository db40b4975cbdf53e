import { connect, type NatsConnection } from 'nats'
import { createNatsBus, type NatsBus } from '../../services/shared/adapters/nats-bus.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import type { Bench, Measure } from './bench.ts'
import { median } from './median.ts'

const MESSAGES = 100_000
/** Sent before others get their turn, as a prober that sends its frames. */
const BURST = 500
const REQUESTS = 3000
const WRITES = 2000
const ROUNDS = 5
const PAYLOAD = new Uint8Array(200).fill(120)

/** How a client sends and receives, ours or the library's own. */
interface Client {
  publish(subject: string, payload: Uint8Array): void
  subscribe(subject: string, onMessage: () => void): void
  reply(subject: string): void
  request(subject: string): Promise<unknown>
  flush(): Promise<unknown>
}

/** What the port costs over the bare client, in the same run against the same server. */
export const bench: Bench = {
  name: 'bus',
  summary: 'the bus over NATS, against the client library alone',
  async run() {
    if (natsSkipReason !== '') throw new Error(natsSkipReason.trim())
    const server = await startNatsServer()
    const buses = [await openBus(server.url), await openBus(server.url)] as const
    const raws = [await connect({ servers: server.url }), await connect({ servers: server.url })]
    try {
      const ours = buses.map(ourClient)
      const bare = raws.map(bareClient)
      const rates = await alternate(ours, bare, measureMessages)
      const waits = await alternate(ours, bare, measureRequests)
      return [
        ...compare(rates, {
          what: 'messages of 200 bytes from one connection to another',
          unit: 'a second',
          goal: 'at least 0.7 of the bare client',
          isMet: (ratio) => ratio >= 0.7,
        }),
        ...compare(waits, {
          what: 'a request and its answer, median',
          unit: 'ms',
          goal: 'at most 1.3 times the bare client',
          isMet: (ratio) => ratio <= 1.3,
        }),
        ...(await measureStores(buses[0])),
      ] satisfies readonly Measure[]
    } finally {
      for (const bus of buses) await bus.close()
      for (const raw of raws) await raw.close()
      await server.remove()
    }
  },
}

interface Compared {
  readonly ours: number
  readonly bare: number
}

interface Wording {
  readonly what: string
  readonly unit: string
  readonly goal: string
  readonly isMet: (ratio: number) => boolean
}

function compare({ ours, bare }: Compared, { what, unit, goal, isMet }: Wording): Measure[] {
  const ratio = ours / bare
  return [
    { what: `${what}, bare client`, value: bare, unit },
    { what, value: ours, unit, ratioTo: 'bare client', ratio, goal, met: isMet(ratio) },
  ]
}

/** Turn by turn, so that what else the machine does hits both alike. */
async function alternate(
  ours: readonly Client[],
  bare: readonly Client[],
  measure: (clients: readonly Client[], round: number) => Promise<number>,
): Promise<Compared> {
  const found: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
  for (let round = 0; round < ROUNDS; round++) {
    found.bare.push(await measure(bare, round))
    found.ours.push(await measure(ours, round))
  }
  return { ours: median(found.ours), bare: median(found.bare) }
}

async function measureMessages(clients: readonly Client[], round: number): Promise<number> {
  const [from, to] = clients
  if (from === undefined || to === undefined) throw new Error('wants two clients')
  const subject = `bench.${round}.${Math.random().toString(36).slice(2)}`
  let received = 0
  const all = new Promise<void>((resolve) => {
    to.subscribe(subject, () => {
      received++
      if (received === MESSAGES) resolve()
    })
  })
  await to.flush()
  const startedAt = performance.now()
  for (let sent = 0; sent < MESSAGES; sent++) {
    from.publish(subject, PAYLOAD)
    if (sent % BURST === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await all
  return Math.round((MESSAGES * 1000) / (performance.now() - startedAt))
}

async function measureRequests(clients: readonly Client[], round: number): Promise<number> {
  const [from, to] = clients
  if (from === undefined || to === undefined) throw new Error('wants two clients')
  const subject = `bench.echo.${round}.${Math.random().toString(36).slice(2)}`
  to.reply(subject)
  await to.flush()
  const waits: number[] = []
  for (let asked = 0; asked < REQUESTS; asked++) {
    const startedAt = performance.now()
    await from.request(subject)
    waits.push(performance.now() - startedAt)
  }
  return median(waits)
}

/** For the lease, for overrides and for events; the server's disk has its part in them. */
async function measureStores(bus: NatsBus): Promise<Measure[]> {
  const bucket = await bus.keyValue('bench')
  let revision = 0
  const renewalsAt = performance.now()
  for (let write = 0; write < WRITES; write++) revision = await bucket.put('k', PAYLOAD, revision)
  const renewals = (WRITES * 1000) / (performance.now() - renewalsAt)
  const log = await bus.log('bench')
  const appendsAt = performance.now()
  await Promise.all(Array.from({ length: WRITES * 5 }, () => log.append(PAYLOAD)))
  const appends = (WRITES * 5 * 1000) / (performance.now() - appendsAt)
  return [
    { what: 'compare-and-set of one key, one after the other', value: renewals, unit: 'a second' },
    { what: 'events appended, all at once', value: appends, unit: 'a second' },
  ]
}

function openBus(url: string): Promise<NatsBus> {
  return createNatsBus({
    settings: { servers: [url], auth: { kind: 'none' } },
    role: 'bench',
    name: 'bench',
    logger: silentLogger,
    onError: (error) => {
      throw error
    },
  })
}

function ourClient(bus: NatsBus): Client {
  return {
    publish: bus.publish,
    subscribe: bus.subscribe,
    reply: (subject) => bus.reply(subject, (payload) => payload),
    request: (subject) => bus.request(subject, PAYLOAD, 5000),
    flush: bus.settled,
  }
}

function bareClient(raw: NatsConnection): Client {
  return {
    publish: (subject, payload) => raw.publish(subject, payload),
    subscribe: (subject, onMessage) => raw.subscribe(subject, { callback: onMessage }),
    reply: (subject) =>
      raw.subscribe(subject, { callback: (_, message) => message.respond(message.data) }),
    request: (subject) => raw.request(subject, PAYLOAD, { timeout: 5000 }),
    flush: () => raw.flush(),
  }
}
