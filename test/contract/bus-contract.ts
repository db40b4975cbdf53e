import { afterEach, describe, expect, test } from 'vitest'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { type BusUnderTest, bytes, digest, type Start, text } from './bus-under-test.ts'
import { eventLogRules, keyValueRules } from './store-rules.ts'

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

  test.each([
    ['many bytes', Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251)],
    ['a table of two megabytes', bytes('web1 10.0.0.11:80 weight 100\n'.repeat(70_000))],
    ['nothing', new Uint8Array()],
  ])('a message of %s comes whole', async (_, payload) => {
    const { bus, settled } = await start()
    const seen: string[] = []
    bus.subscribe('a', (got) => seen.push(digest(got)))
    bus.publish('a', payload)
    await settled()
    expect(seen).toEqual([digest(payload)])
    bus.reply('echo', (got) => got)
    expect(digest(await bus.request('echo', payload, 1000))).toBe(digest(payload))
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
    bus.reply('api.plan', async () => {
      throw new ServiceError('api.busy', 'later, größer', { retryable: true })
    })
    await expect(bus.request('api.why', bytes(''), 1000)).rejects.toMatchObject({
      code: 'api.unknown-target',
      message: 'no real server is called wbe1',
      retryable: false,
    })
    await expect(bus.request('api.plan', bytes(''), 1000)).rejects.toMatchObject({
      code: 'api.busy',
      message: 'later, größer',
      retryable: true,
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
