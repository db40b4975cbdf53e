import { connect as connectRaw } from 'nats'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LoggedEvent } from '../../services/shared/ports/bus.ts'
import { connectNats, type NatsClient } from '../support/nats-client.ts'
import { type NatsServer, natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import { bytes, text } from './bus-under-test.ts'

/** A hung server is noticed in three seconds; machines are slow. */
const PATIENCE = { timeout: 15_000, interval: 20 }

describe.skipIf(natsSkipReason !== '')(`a bus whose server fails${natsSkipReason}`, () => {
  let server: NatsServer
  let clients: NatsClient[]

  beforeEach(async () => {
    clients = []
    server = await startNatsServer()
  })

  afterEach(async () => {
    for (const { bus } of clients) await bus.close()
    await server.remove()
  })

  async function connect(name = 'one'): Promise<NatsClient> {
    const client = await connectNats({ natsUrl: server.url }, { name })
    clients.push(client)
    return client
  }

  const isUp = (...all: readonly NatsClient[]) =>
    expect.poll(() => all.every(({ bus }) => bus.isConnected()), PATIENCE).toBe(true)
  const isDown = (...all: readonly NatsClient[]) =>
    expect.poll(() => all.some(({ bus }) => bus.isConnected()), PATIENCE).toBe(false)

  test('messages and requests go on when it is back; what was published meanwhile is counted', async () => {
    const [one, two] = [await connect(), await connect('two')]
    const seen: string[] = []
    one.bus.subscribe('a', (payload) => seen.push(text(payload)))
    one.bus.reply('echo', (payload) => payload)
    await one.bus.settled()
    await server.stop('SIGKILL')
    await isDown(one, two)
    for (const word of ['x', 'y', 'z']) two.bus.publish('a', bytes(word))
    await expect(two.bus.request('echo', bytes('x'), 60_000)).rejects.toMatchObject({
      code: 'bus.disconnected',
      retryable: true,
    })
    await server.start()
    await isUp(one, two)
    await one.bus.settled()
    two.bus.publish('a', bytes('back'))
    await expect.poll(() => seen, PATIENCE).toEqual(['back'])
    expect(text(await two.bus.request('echo', bytes('hello'), 1000))).toBe('hello')
    expect(two.bus.counts()).toEqual({ reconnects: 1, droppedMessages: 3 })
    expect(two.logged).toEqual(['NATS lost', 'NATS restored'])
    expect(one.errors).toEqual([])
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'buckets and their watches go on over a restart after %s, with growing revisions',
    async (signal) => {
      const [one, two] = [await connect(), await connect('two')]
      const bucket = await one.bus.keyValue('overrides')
      const seen: string[] = []
      bucket.watch(({ key, value }) =>
        seen.push(`${key} ${value === undefined ? '-' : text(value)}`),
      )
      const before = await bucket.put('web1', bytes('drain'))
      await one.bus.settled()
      await server.stop(signal)
      await isDown(one, two)
      await expect(bucket.put('web2', bytes('x'))).rejects.toMatchObject({ retryable: true })
      await expect(bucket.get('web1')).rejects.toMatchObject({ retryable: true })
      await expect(bucket.entries()).rejects.toMatchObject({ retryable: true })
      await server.start()
      await isUp(one, two)
      const after = await (await two.bus.keyValue('overrides')).put('web2', bytes('maintenance'))
      await bucket.delete('web1', before)
      expect(after).toBeGreaterThan(before)
      const wanted = ['web1 drain', 'web2 maintenance', 'web1 -']
      await expect.poll(() => seen, PATIENCE).toEqual(wanted)
    },
  )

  test('without its storage: made again, revisions grow, nobody hears of deletions', async () => {
    const one = await connect()
    const bucket = await one.bus.keyValue('overrides')
    const seen: string[] = []
    bucket.watch(({ key, value }) => seen.push(`${key} ${value === undefined ? '-' : text(value)}`))
    await bucket.put('web1', bytes('drain'))
    const before = await bucket.put('web2', bytes('drain'))
    await one.bus.settled()
    await server.restart({ empty: true })
    await isUp(one)
    await expect.poll(() => bucket.get('web1'), PATIENCE).toBeUndefined()
    await expect(bucket.put('web1', bytes('late'), before)).rejects.toMatchObject({
      code: 'bus.conflict',
    })
    expect(await bucket.put('web3', bytes('drain'), 0)).toBeGreaterThan(before)
    const wanted = ['web1 drain', 'web2 drain', 'web3 drain']
    await expect.poll(() => seen, PATIENCE).toEqual(wanted)
    expect(one.codes()).toContain('bus.storage-lost')
  })

  test('a lease that expired during the outage is not renewed afterwards', async () => {
    const one = await connect()
    const bucket = await one.bus.keyValue('lease', { ttlMs: 300 })
    const revision = await bucket.put('controller', bytes('a'), 0)
    await server.stop('SIGKILL')
    await isDown(one)
    await new Promise((resolve) => setTimeout(resolve, 400))
    await server.start()
    await isUp(one)
    await expect(bucket.put('controller', bytes('a'), revision)).rejects.toMatchObject({
      code: 'bus.conflict',
    })
    expect(await bucket.put('controller', bytes('b'), 0)).toBeGreaterThan(revision)
  })

  test('events appended meanwhile are stored in order; a follower misses and repeats none', async () => {
    const [one, two] = [await connect(), await connect('two')]
    const log = await one.bus.log('events')
    const seen: LoggedEvent[] = []
    ;(await two.bus.log('events')).follow((event) => seen.push(event), 0)
    const words = Array.from({ length: 60 }, (_, index) => `event ${index}`)
    const appended = words.slice(0, 20).map((word) => log.append(bytes(word)))
    await Promise.all(appended)
    // Some are on their way when the server dies, and may be stored without that we know.
    appended.push(...words.slice(20, 40).map((word) => log.append(bytes(word))))
    await new Promise((resolve) => setImmediate(resolve))
    await server.stop('SIGKILL')
    await isDown(one, two)
    appended.push(...words.slice(40).map((word) => log.append(bytes(word))))
    await server.start()
    await isUp(one, two)
    const sequences = await Promise.all(appended)
    await expect.poll(() => seen.length, PATIENCE).toBe(60)
    await two.bus.settled()
    expect(seen.map(({ payload }) => text(payload))).toEqual(words)
    expect(seen.map(({ sequence }) => sequence)).toEqual(sequences)
    expect((await log.tail(100)).map(({ payload }) => text(payload))).toEqual(words)
  })

  test('a log without its storage goes on with greater sequences, and followers see all of it', async () => {
    const one = await connect()
    const log = await one.bus.log('events')
    const seen: string[] = []
    log.follow(({ payload }) => seen.push(text(payload)))
    const before = await log.append(bytes('a'))
    await one.bus.settled()
    await server.restart({ empty: true })
    await isUp(one)
    expect(await log.append(bytes('b'))).toBeGreaterThan(before)
    await expect.poll(() => seen, PATIENCE).toEqual(['a', 'b'])
    const later: string[] = []
    log.follow(({ payload }) => later.push(text(payload)), before)
    await expect.poll(() => later, PATIENCE).toEqual(['b'])
  })

  test('calls to a server that hangs end with retryable errors, and all goes on after', async () => {
    const one = await connect()
    const bucket = await one.bus.keyValue('overrides')
    const log = await one.bus.log('events')
    one.bus.reply('echo', (payload) => payload)
    const seen: string[] = []
    bucket.watch(({ key }) => seen.push(key))
    await one.bus.settled()
    await server.pause()
    const calls = [
      bucket.get('web1'),
      bucket.put('web1', bytes('x')),
      bucket.entries(),
      one.bus.request('echo', bytes('x'), 1000),
      log.tail(10),
    ]
    const waiting = log.append(bytes('held'))
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { retryable: true } })
    }
    await isDown(one)
    server.resume()
    await isUp(one)
    await waiting
    await bucket.put('web2', bytes('y'))
    await expect.poll(() => seen, PATIENCE).toContain('web2')
    expect((await log.tail(10)).map(({ payload }) => text(payload))).toEqual(['held'])
    expect(text(await one.bus.request('echo', bytes('back'), 1000))).toBe('back')
  })

  test('a bucket and a log that somebody deletes are made again', async () => {
    const one = await connect()
    const bucket = await one.bus.keyValue('overrides')
    const log = await one.bus.log('events')
    const seen: string[] = []
    bucket.watch(({ key, value }) => seen.push(`${key} ${value === undefined ? '-' : text(value)}`))
    const before = await bucket.put('web1', bytes('drain'))
    const event = await log.append(bytes('a'))
    await one.bus.settled()
    const raw = await connectRaw({ servers: server.url })
    const manager = await raw.jetstreamManager()
    for (const name of ['KV_overrides', 'events']) await manager.streams.delete(name)
    await raw.close()
    await expect(bucket.put('web1', bytes('x'))).rejects.toMatchObject({ retryable: true })
    expect(await bucket.put('web1', bytes('y'))).toBeGreaterThan(before)
    expect(await log.append(bytes('b'))).toBeGreaterThan(event)
    await expect.poll(() => seen, PATIENCE).toEqual(['web1 drain', 'web1 y'])
    expect(one.codes().filter((code) => code === 'bus.storage-lost')).toHaveLength(2)
  })

  test('closing while it is away ends at once what waits', async () => {
    const one = await connect()
    const log = await one.bus.log('events')
    await server.stop('SIGKILL')
    await isDown(one)
    const waiting = log.append(bytes('lost'))
    const ending = expect(waiting).rejects.toMatchObject({ retryable: true })
    await one.bus.close()
    await ending
    expect(one.bus.isConnected()).toBe(false)
    await expect(one.bus.request('a', bytes(''), 1000)).rejects.toMatchObject({
      code: 'bus.closed',
    })
  })

  test('whoever starts before the server waits for it, and can be told to end', async () => {
    await server.stop()
    const early = connect()
    await server.start()
    const { logged } = await early
    expect(logged).toEqual(['waiting for NATS', 'NATS found'])
  })
})
