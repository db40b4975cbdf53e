import { expect, test } from 'vitest'
import type { LoggedEvent } from '../../services/shared/ports/bus.ts'
import { bytes, digest, type Start, text } from './bus-under-test.ts'

/** nats-server 2.10 looks once a second what has expired, later ones four times. */
const EXPIRY = { timeout: 5000, interval: 20 }

/** Rules of a key-value bucket. */
export function keyValueRules(start: Start): void {
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

  test('an entry of a bucket that forgets is gone when it was not written again', async () => {
    const { bus } = await start()
    const bucket = await bus.keyValue('lease', { ttlMs: 1500 })
    const first = await bucket.put('leader', bytes('a'), 0)
    const until = Date.now() + 2000
    let revision = first
    while (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      revision = await bucket.put('leader', bytes('a'), revision)
    }
    await expect.poll(() => bucket.get('leader'), EXPIRY).toBeUndefined()
    await expect(bucket.put('leader', bytes('late'), revision)).rejects.toMatchObject({
      code: 'bus.conflict',
    })
    expect(await bucket.put('leader', bytes('b'), 0)).toBeGreaterThan(revision)
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

  test('a value larger than a message of NATS comes whole', async () => {
    const { bus, settled } = await start()
    const bucket = await bus.keyValue('cluster-file')
    const large = bytes('realServers: web1, web2\n'.repeat(100_000))
    const seen: string[] = []
    bucket.watch(({ value }) => seen.push(digest(value)))
    const revision = await bucket.put('current', large)
    await settled()
    const entry = await bucket.get('current')
    expect(entry?.revision).toBe(revision)
    expect(digest(entry?.value)).toBe(digest(large))
    expect(digest((await bucket.entries())[0]?.value)).toBe(digest(large))
    expect(seen).toEqual([digest(large)])
  })

  test('watchers and readers are not told of an entry that expired', async () => {
    const { bus, settled } = await start()
    const bucket = await bus.keyValue('lease', { ttlMs: 1000 })
    const seen: string[] = []
    await bucket.put('leader', bytes('a'))
    bucket.watch(({ value }) => seen.push(text(value)))
    await settled()
    await expect.poll(() => bucket.get('leader'), EXPIRY).toBeUndefined()
    expect(await bucket.entries()).toEqual([])
    await bucket.put('leader', bytes('b'))
    await settled()
    expect(seen).toEqual(['a', 'b'])
  })

  test.each(['', '.a', 'a.', 'a b', 'ä'])('%j is no key', async (bad) => {
    const { bus } = await start()
    const bucket = await bus.keyValue('overrides')
    await expect(bucket.put(bad, bytes('x'))).rejects.toThrow(RangeError)
  })
}

/** Rules of an event log. */
export function eventLogRules(start: Start): void {
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

  test('a follower from a place sees what is kept after it, then what comes', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    const sequences: number[] = []
    for (const word of ['a', 'b', 'c']) sequences.push(await log.append(bytes(word)))
    const seen = { all: [] as string[], some: [] as string[], none: [] as string[] }
    log.follow(({ payload }) => seen.all.push(text(payload)), 0)
    log.follow(({ payload }) => seen.some.push(text(payload)), sequences[1])
    log.follow(({ payload }) => seen.none.push(text(payload)), sequences[2])
    await log.append(bytes('d'))
    await settled()
    expect(seen).toEqual({ all: ['a', 'b', 'c', 'd'], some: ['c', 'd'], none: ['d'] })
  })

  test('a follower from a place misses and repeats nothing while much is appended', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    const words = Array.from({ length: 400 }, (_, index) => String(index))
    await Promise.all(words.slice(0, 200).map((word) => log.append(bytes(word))))
    const seen: LoggedEvent[] = []
    const appended = words.slice(200).map((word) => log.append(bytes(word)))
    log.follow((event) => seen.push(event), 0)
    await Promise.all(appended)
    await settled()
    expect(shown(seen)).toEqual(words)
    expect(seen.map(({ sequence }) => sequence)).toEqual(
      (await log.tail(1000)).map(({ sequence }) => sequence),
    )
  })

  test('a follower that stops while it is told of the past hears no more', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    for (const word of ['a', 'b', 'c']) await log.append(bytes(word))
    const seen: string[] = []
    const stop = log.follow(({ payload }) => {
      seen.push(text(payload))
      stop()
    }, 0)
    await settled()
    expect(seen).toEqual(['a'])
  })

  test('a sequence from before the log began anew follows all of it', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    const first = await log.append(bytes('a'))
    const seen: string[] = []
    log.follow(({ payload }) => seen.push(text(payload)), first - 1)
    await settled()
    expect(seen).toEqual(['a'])
  })

  test('a large event comes whole', async () => {
    const { bus, settled } = await start()
    const log = await bus.log('events')
    const large = bytes('transition '.repeat(50_000))
    const seen: LoggedEvent[] = []
    log.follow((event) => seen.push(event))
    await log.append(large)
    await settled()
    expect(digest(seen[0]?.payload)).toBe(digest(large))
    expect(digest((await log.tail(1))[0]?.payload)).toBe(digest(large))
  })
}
