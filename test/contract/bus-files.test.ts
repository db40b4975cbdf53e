import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMemoryBus, type MemoryBus } from '../../services/shared/adapters/memory-bus.ts'

let stateDir: string
let opened: MemoryBus[]

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'lvs-warden-state-'))
  opened = []
})

afterEach(async () => {
  for (const bus of opened) await bus.close()
  rmSync(stateDir, { recursive: true })
})

function open(maxLogBytes?: number): MemoryBus {
  const bus = createMemoryBus({ stateDir, ...(maxLogBytes === undefined ? {} : { maxLogBytes }) })
  opened.push(bus)
  return bus
}

function current(): MemoryBus {
  const bus = opened.at(-1)
  if (bus === undefined) throw new Error('no bus is open')
  return bus
}

/** Closes the one bus that is open and opens another on the same folder. */
async function reopen(maxLogBytes?: number): Promise<MemoryBus> {
  await current().close()
  return open(maxLogBytes)
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (payload: Uint8Array | undefined) => new TextDecoder().decode(payload)
const bucketFile = () => join(stateDir, 'kv', 'overrides.journal')
const setAside = (dir: string) =>
  readdirSync(join(stateDir, dir)).filter((name) => name.includes('.corrupt-'))

async function shown(bus: MemoryBus): Promise<Record<string, string>> {
  const entries = await (await bus.keyValue('overrides')).entries()
  return Object.fromEntries(entries.map(({ key, value }) => [key, text(value)]))
}

async function fill(count: number): Promise<number> {
  const bucket = await open().keyValue('overrides')
  let revision = 0
  for (let i = 1; i <= count; i++) revision = await bucket.put(`web${i}`, bytes(`drain ${i}`))
  return revision
}

describe('a bucket on disk', () => {
  test('content and revisions go on over a restart, also those of deleted keys', async () => {
    await fill(2)
    const before = await current().keyValue('overrides')
    await before.delete('web2')
    const last = await before.put('web3', bytes('drain'))
    await before.delete('web3')
    const bus = await reopen()
    expect(await shown(bus)).toEqual({ web1: 'drain 1' })
    expect(await (await bus.keyValue('overrides')).put('web4', bytes('x'))).toBeGreaterThan(
      last + 1,
    )
    expect((await bus.keyValue('overrides')).damage).toBeUndefined()
  })

  test('the file stays small however often one key is written, and keeps the revision', async () => {
    const bucket = await open().keyValue('overrides')
    const long = bytes('x'.repeat(2000))
    let revision = 0
    for (let i = 0; i < 200; i++) revision = await bucket.put('web1', long)
    await bucket.delete('web1')
    expect(statSync(bucketFile()).size).toBeLessThan(100_000)
    const after = await (await reopen()).keyValue('overrides')
    expect(await after.put('web1', bytes('y'))).toBeGreaterThan(revision + 1)
  })

  test.each([1, 5, 20])(
    'a write cut off %i bytes before its end is dropped silently',
    async (cut) => {
      await fill(3)
      await current().close()
      truncateSync(bucketFile(), statSync(bucketFile()).size - cut)
      const bus = open()
      expect(await shown(bus)).toEqual({ web1: 'drain 1', web2: 'drain 2' })
      expect((await bus.keyValue('overrides')).damage).toBeUndefined()
      expect(setAside('kv')).toEqual([])
      await (await bus.keyValue('overrides')).put('web9', bytes('drain 9'))
      expect(await shown(await reopen())).toMatchObject({ web9: 'drain 9', web2: 'drain 2' })
    },
  )

  test('a flipped bit sets the file aside, says so, and the other lines go on', async () => {
    const last = await fill(3)
    await current().close()
    const content = readFileSync(bucketFile())
    const at = content.indexOf('drain 2')
    content[at] = (content[at] ?? 0) ^ 1
    writeFileSync(bucketFile(), content)
    const bus = open()
    expect(await shown(bus)).toEqual({ web1: 'drain 1', web3: 'drain 3' })
    const bucket = await bus.keyValue('overrides')
    expect(bucket.damage).toMatch(/overrides\.journal: \d+ bytes were unreadable.*2 good lines/)
    expect(setAside('kv')).toHaveLength(1)
    expect(readFileSync(join(stateDir, 'kv', setAside('kv')[0] ?? ''))).toEqual(content)
    expect(await bucket.put('web4', bytes('x'))).toBeGreaterThan(last)
    const after = await reopen()
    expect((await after.keyValue('overrides')).damage).toBeUndefined()
    expect(await shown(after)).toEqual({ web1: 'drain 1', web3: 'drain 3', web4: 'x' })
  })

  test.each([
    ['text', 'this is not a journal'],
    ['lines of text', 'this is\nnot a\njournal\n'],
    ['zeros after a power cut', '\0'.repeat(4096)],
  ])('a file of %s is set aside and the bucket begins anew', async (_, content) => {
    await fill(1)
    await current().close()
    writeFileSync(bucketFile(), content)
    const bus = open()
    expect(await shown(bus)).toEqual({})
    expect((await bus.keyValue('overrides')).damage).toContain('corrupt-')
    expect(setAside('kv')).toHaveLength(1)
  })

  test('a rewrite that fails loses nothing and is reported', async () => {
    const errors: unknown[] = []
    const bus = createMemoryBus({ stateDir, onError: (error) => errors.push(error) })
    opened.push(bus)
    const bucket = await bus.keyValue('overrides')
    mkdirSync(`${bucketFile()}.new`)
    for (let i = 0; i < 60; i++) await bucket.put('web1', bytes(`${i} ${'x'.repeat(2000)}`))
    expect(errors.length).toBeGreaterThan(0)
    expect(errors[0]).toMatchObject({ code: 'bus.storage', retryable: true })
    expect((await shown(await reopen()))['web1']).toMatch(/^59 /)
  })

  test('nobody else may read the state', async () => {
    await fill(1)
    await (await current().log('events')).append(bytes('x'))
    const mode = (path: string) => (statSync(join(stateDir, path)).mode & 0o777).toString(8)
    expect(['kv', 'log', 'log/events'].map(mode)).toEqual(['700', '700', '700'])
    expect(
      [
        'lock',
        'kv/overrides.journal',
        ...readdirSync(join(stateDir, 'log/events')).map((name) => `log/events/${name}`),
      ].map(mode),
    ).toEqual(['600', '600', '600'])
  })
})

describe('an event log on disk', () => {
  const words = async (bus: MemoryBus) =>
    (await (await bus.log('events')).tail(10_000)).map(({ payload }) => text(payload))

  test('events and sequences go on over a restart', async () => {
    const log = await open().log('events')
    await log.append(bytes('a'))
    const last = await log.append(bytes('b'))
    const bus = await reopen()
    expect(await words(bus)).toEqual(['a', 'b'])
    expect(await (await bus.log('events')).append(bytes('c'))).toBeGreaterThan(last)
    expect(await words(bus)).toEqual(['a', 'b', 'c'])
  })

  test('it keeps the newest within its bound, over restarts too', async () => {
    const maxBytes = 16_384
    let bus = open(maxBytes)
    for (let round = 0; round < 3; round++) {
      const log = await bus.log('events')
      for (let i = 0; i < 300; i++) await log.append(bytes(`event ${round} ${i} ${'x'.repeat(40)}`))
      const kept = await words(bus)
      expect(kept.at(-1)).toMatch(new RegExp(`^event ${round} 299 `))
      expect(kept.length).toBeGreaterThan(50)
      bus = await reopen(maxBytes)
    }
    const dir = join(stateDir, 'log', 'events')
    const total = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
    expect(total).toBeLessThanOrEqual(maxBytes)
  })

  test('a torn end is dropped; garbage is set aside and the rest goes on', async () => {
    const log = await open().log('events')
    for (const word of ['a', 'b', 'c']) await log.append(bytes(word))
    const last = await log.append(bytes('d'))
    await current().close()
    const dir = join(stateDir, 'log', 'events')
    const path = join(dir, readdirSync(dir)[0] ?? '')
    truncateSync(path, statSync(path).size - 3)
    expect(await words(open())).toEqual(['a', 'b', 'c'])
    await current().close()
    appendFileSync(path, 'garbage\n')
    const bus = open()
    expect(await words(bus)).toEqual(['a', 'b', 'c'])
    expect((await bus.log('events')).damage).toContain('8 bytes were unreadable')
    expect(await (await bus.log('events')).append(bytes('e'))).toBeGreaterThanOrEqual(last)
    expect(await words(bus)).toEqual(['a', 'b', 'c', 'e'])
  })
})

describe('the lock of a state folder', () => {
  test('a second user of the folder is refused and told who has it', async () => {
    open()
    expect(() => createMemoryBus({ stateDir })).toThrow(
      expect.objectContaining({
        code: 'state.locked',
        message: expect.stringContaining('process'),
      }),
    )
  })

  test('a living process that holds it is named', async () => {
    writeFileSync(join(stateDir, 'lock'), `${process.ppid} -\n`)
    expect(() => createMemoryBus({ stateDir })).toThrow(`in use by process ${process.ppid}`)
  })

  test.each([
    ['a process that is gone', () => `${spawnSync('true').pid} 1\n`],
    ['a process whose number another one has by now', () => `${process.ppid} 1\n`],
    ['nobody that could be read', () => 'garbage'],
  ])('the lock of %s is taken over', async (_, content) => {
    writeFileSync(join(stateDir, 'lock'), content())
    await (await open().keyValue('overrides')).put('a', bytes('x'))
    expect(readFileSync(join(stateDir, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  })

  test('closing gives it back', async () => {
    await open().close()
    expect(readdirSync(stateDir)).not.toContain('lock')
    open()
  })

  test('a folder that cannot be made is a clear error', () => {
    writeFileSync(join(stateDir, 'file'), '')
    chmodSync(join(stateDir, 'file'), 0o600)
    expect(() => createMemoryBus({ stateDir: join(stateDir, 'file', 'state') })).toThrow(
      expect.objectContaining({ code: 'state.unusable' }),
    )
  })
})
