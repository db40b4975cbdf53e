import { afterEach, describe, expect, test } from 'vitest'
import type { Bus, LoggedEvent } from '../../services/shared/ports/bus.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'

/** A bus to be tested, and what only the adapter knows. */
export interface BusUnderTest {
  readonly bus: Bus
  /** Resolves when everything published so far has been delivered. */
  settled(): Promise<void>
  /** Closes the bus and frees what it stood on. */
  dispose(): Promise<void>
}

/** The rules that every bus keeps; `open` makes an empty one. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  const opened: BusUnderTest[] = []

  async function start(): Promise<BusUnderTest> {
    const under = await open()
    opened.push(under)
    return under
  }

  afterEach(async () => {
    for (const under of opened.splice(0)) await under.dispose()
  })

  describe(`${name}: messages`, () => messageRules(start))
  describe(`${name}: requests`, () => requestRules(start))
  describe(`${name}: key-value`, () => keyValueRules(start))
  describe(`${name}: event log`, () => eventLogRules(start))
}

type Start = () => Promise<BusUnderTest>

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (payload: Uint8Array | undefined) => new TextDecoder().decode(payload)

function messageRules(start: Start): void {
  test('a message reaches every subscriber of its subject, with its subject', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('lvs.shop.table.lvs1', (payload, subject) =>
      seen.push(`a ${subject} ${text(payload)}`),
    )
    bus.subscribe('lvs.shop.table.lvs1', (payload) => seen.push(`b ${text(payload)}`))
    bus.publish('lvs.shop.table.lvs1', bytes('one'))
    await settled()
    expect(seen.sort()).toEqual(['a lvs.shop.table.lvs1 one', 'b one'])
  })

  test.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.b', 'a.b.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.*.c', 'a.b.c', true],
    ['*.b', 'a.b', true],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c.d', true],
    ['a.>', 'a', false],
    ['>', 'a.b', true],
    ['a.*.>', 'a.b', false],
  ])('a subscription to %s and a message to %s: match is %s', async (pattern, subject, match) => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe(pattern, (_, got) => seen.push(got))
    bus.publish(subject, bytes('x'))
    await settled()
    expect(seen).toEqual(match ? [subject] : [])
  })

  test('messages of one publisher come in order', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('n.>', (payload) => seen.push(text(payload)))
    const sent = Array.from({ length: 5000 }, (_, index) => String(index))
    for (const number of sent) bus.publish(`n.${Number(number) % 3}`, bytes(number))
    await settled()
    expect(seen).toEqual(sent)
  })

  test('a message is delivered after the publisher has gone on, never within publish', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('a', () => seen.push('delivered'))
    bus.publish('a', bytes('x'))
    seen.push('published')
    await settled()
    expect(seen).toEqual(['published', 'delivered'])
  })

  test('a publisher may use its buffer again', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('a', (payload) => seen.push(text(payload)))
    const buffer = bytes('one')
    bus.publish('a', buffer)
    buffer.set(bytes('two'))
    bus.publish('a', buffer)
    await settled()
    expect(seen).toEqual(['one', 'two'])
  })

  test('a handler that throws harms neither the others nor the next message', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('a', () => {
      throw new Error('a sick handler')
    })
    bus.subscribe('a', (payload) => seen.push(text(payload)))
    bus.publish('a', bytes('one'))
    bus.publish('a', bytes('two'))
    await settled()
    expect(seen).toEqual(['one', 'two'])
  })

  test('nothing comes after unsubscribing, not even what was under way', async () => {
    const { bus, settled } = await start()
    const seen: string[] = []
    const unsubscribe = bus.subscribe('a', (payload) => seen.push(text(payload)))
    bus.publish('a', bytes('one'))
    await settled()
    bus.publish('a', bytes('two'))
    unsubscribe()
    bus.publish('a', bytes('three'))
    await settled()
    expect(seen).toEqual(['one'])
  })

  test.each(['', 'a..b', '.a', 'a b', 'a.>.b', 'a.*'])(
    '%j is no subject to publish to',
    async (bad) => {
      const { bus } = await start()
      expect(() => bus.publish(bad, bytes('x'))).toThrow(RangeError)
    },
  )
}

function requestRules(start: Start): void {
  test('a request is answered by the handler of its subject', async () => {
    const { bus } = await start()
    bus.reply('api.echo', (payload) => bytes(`${text(payload)}!`))
    bus.reply('api.later', async (payload) => bytes(`${text(payload)}?`))
    expect(text(await bus.request('api.echo', bytes('hello'), 1000))).toBe('hello!')
    expect(text(await bus.request('api.later', bytes('hello'), 1000))).toBe('hello?')
  })

  test('a request that nobody answers fails at once', async () => {
    const { bus } = await start()
    await expect(bus.request('api.none', bytes(''), 60_000)).rejects.toMatchObject({
      code: 'bus.no-responder',
    })
  })

  test('a request whose handler takes too long fails after its time', async () => {
    const { bus } = await start()
    bus.reply('api.slow', () => new Promise(() => undefined))
    await expect(bus.request('api.slow', bytes(''), 20)).rejects.toMatchObject({
      code: 'bus.timeout',
    })
  })

  test('what a handler throws reaches the requester as its message', async () => {
    const { bus } = await start()
    bus.reply('api.drain', () => {
      throw new Error('the rest cannot carry the load')
    })
    await expect(bus.request('api.drain', bytes(''), 1000)).rejects.toMatchObject({
      code: 'bus.refused',
      message: 'the rest cannot carry the load',
    })
  })

  test('the code of a ServiceError that a handler throws reaches the requester', async () => {
    const { bus } = await start()
    bus.reply('api.why', () => {
      throw new ServiceError('api.unknown-target', 'no real server is called wbe1')
    })
    await expect(bus.request('api.why', bytes(''), 1000)).rejects.toMatchObject({
      code: 'api.unknown-target',
      message: 'no real server is called wbe1',
    })
  })

  test('a handler that stopped answers no more', async () => {
    const { bus } = await start()
    const stop = bus.reply('api.echo', (payload) => payload)
    stop()
    await expect(bus.request('api.echo', bytes(''), 1000)).rejects.toMatchObject({
      code: 'bus.no-responder',
    })
  })
}

function keyValueRules(start: Start): void {
  test('what is put is there, with a revision that grows', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('overrides')
    const first = await bucket.put('web1', bytes('drain'))
    const second = await bucket.put('web/web1', bytes('maintenance'))
    expect(second).toBeGreaterThan(first)
    expect(await bucket.get('web1')).toMatchObject({ key: 'web1', revision: first })
    expect(text((await bucket.get('web/web1'))?.value)).toBe('maintenance')
    expect(await bucket.get('nobody')).toBeUndefined()
    expect((await bucket.entries()).map(({ key }) => key).sort()).toEqual(['web/web1', 'web1'])
  })

  test('two askers for one bucket see the same content', async () => {
    const { bus } = await start()
    await (await bus.keyValue('overrides')).put('web1', bytes('drain'))
    expect(text((await (await bus.keyValue('overrides')).get('web1'))?.value)).toBe('drain')
    expect(await (await bus.keyValue('other')).entries()).toEqual([])
  })

  test('a write with the wrong revision changes nothing', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('lease')
    const revision = await bucket.put('leader', bytes('a'), 0)
    await expect(bucket.put('leader', bytes('b'), 0)).rejects.toMatchObject({
      code: 'bus.conflict',
    })
    await expect(bucket.put('none', bytes('b'), 7)).rejects.toMatchObject({ code: 'bus.conflict' })
    const next = await bucket.put('leader', bytes('c'), revision)
    await expect(bucket.delete('leader', revision)).rejects.toMatchObject({ code: 'bus.conflict' })
    expect(text((await bucket.get('leader'))?.value)).toBe('c')
    await bucket.delete('leader', next)
    expect(await bucket.get('leader')).toBeUndefined()
  })

  test('of many writers who expect the same revision one wins', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('lease')
    const writes = Array.from({ length: 20 }, (_, index) =>
      bucket.put('leader', bytes(String(index)), 0),
    )
    const results = await Promise.allSettled(writes)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('after a delete the key can be created again, with a higher revision', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('lease')
    const first = await bucket.put('leader', bytes('a'), 0)
    await bucket.delete('leader')
    await bucket.delete('leader')
    expect(await bucket.put('leader', bytes('b'), 0)).toBeGreaterThan(first + 1)
  })

  test('a watcher sees what is there first, then every change, until it stops', async () => {
    const { bus, settled } = await start()
    const bucket = await bus.keyValue('overrides')
    await bucket.put('web1', bytes('drain'))
    const seen: string[] = []
    const stop = bucket.watch(({ key, value }) =>
      seen.push(value === undefined ? `${key} gone` : `${key}=${text(value)}`),
    )
    await settled()
    await bucket.put('web2', bytes('maintenance'))
    await bucket.delete('web1')
    await settled()
    stop()
    await bucket.put('web3', bytes('drain'))
    await settled()
    expect(seen).toEqual(['web1=drain', 'web2=maintenance', 'web1 gone'])
  })

  test('any bytes are a value', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('bytes')
    const all = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const [index, value] of [all, new Uint8Array(0), bytes('\ufeff"\n')].entries()) {
      await bucket.put(String(index), value)
      expect((await bucket.get(String(index)))?.value).toEqual(value)
    }
  })

  test.each(['', '.a', 'a.', 'a b', 'ä'])('%j is no key', async (bad) => {
    const { bus } = await start()
    const bucket = await bus.keyValue('overrides')
    await expect(bucket.put(bad, bytes('x'))).rejects.toThrow(RangeError)
  })
}

function eventLogRules(start: Start): void {
  const shown = (events: readonly LoggedEvent[]) => events.map(({ payload }) => text(payload))

  test('events get growing sequences and are read from the end', async () => {
    const { bus } = await start()
    const log = await bus.log('events')
    const sequences: number[] = []
    for (const word of ['a', 'b', 'c', 'd']) sequences.push(await log.append(bytes(word)))
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
    expect(new Set(sequences).size).toBe(4)
    expect(shown(await log.tail(2))).toEqual(['c', 'd'])
    expect(shown(await log.tail(100))).toEqual(['a', 'b', 'c', 'd'])
    expect((await log.tail(1))[0]?.sequence).toBe(sequences.at(-1))
    expect(await log.tail(0)).toEqual([])
  })

  test('events appended at once keep their order', async () => {
    const { bus } = await start()
    const log = await bus.log('events')
    const words = Array.from({ length: 300 }, (_, index) => String(index))
    await Promise.all(words.map((word) => log.append(bytes(word))))
    expect(shown(await log.tail(1000))).toEqual(words)
  })

  test('a follower sees what is appended from now on', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    await log.append(bytes('before'))
    const seen: string[] = []
    const stop = log.follow(({ payload }) => seen.push(text(payload)))
    await log.append(bytes('one'))
    await log.append(bytes('two'))
    await settled()
    stop()
    await log.append(bytes('after'))
    await settled()
    expect(seen).toEqual(['one', 'two'])
  })
}
