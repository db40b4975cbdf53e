import { request } from 'node:https'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSseParser, type SseMessage } from '../../services/cli/sse-parser.ts'
import { ServiceError } from '../../services/shared/runtime/service-error.ts'
import { applyStatusDelta } from '../../services/shared/wire/apply-status-delta.ts'
import { logEventMessage } from '../../services/shared/wire/log-event-message.ts'
import type { Status } from '../../services/shared/wire/status.ts'
import { type ApiConsole, startApiConsole } from '../support/api-console.ts'
import { realServer, service, sickServer, status } from './lvsctl-data.ts'

let place: ApiConsole
let token: string
let present: () => Status
let asked: number
let closers: (() => void)[]

beforeEach(async () => {
  present = () => status()
  asked = 0
  closers = []
  place = await startApiConsole({
    status: () => {
      asked++
      return present()
    },
  })
  token = await place.user('vera', 'viewer')
})

afterEach(async () => {
  for (const close of closers) close()
  await place[Symbol.asyncDispose]()
})

interface Reader {
  readonly messages: SseMessage[]
  /** Its signs of life. */
  readonly beats: SseMessage[]
  readonly isOver: () => boolean
  close(): void
  pause(): void
}

async function open(query: string, headers: Record<string, string> = {}): Promise<Reader> {
  const messages: SseMessage[] = []
  const beats: SseMessage[] = []
  const parse = createSseParser((message) =>
    (message.event === 'alive' ? beats : messages).push(message),
  )
  let isOver = false
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        ...{ port: place.port, path: `/v1/stream?${query}`, agent: false },
        rejectUnauthorized: false,
        headers: { authorization: `Bearer ${token}`, ...headers },
      },
      (response) => {
        expect(response.headers['content-type']).toBe('text/event-stream')
        response.setEncoding('utf8')
        response.on('data', parse)
        response.on('close', () => {
          isOver = true
        })
        response.on('error', () => undefined)
        const close = () => asking.destroy()
        closers.push(close)
        resolve({
          ...{ messages, beats, close },
          isOver: () => isOver,
          pause: () => void response.pause(),
        })
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}

async function happen(count: number, server = 'web1'): Promise<void> {
  const log = await place.bus.log('shop-events')
  for (let index = 0; index < count; index++) {
    const at = place.clock.now()
    const event = { at, type: 'health', service: 'web', server, message: `${server} ${index}` }
    await log.append(logEventMessage.encode({ ...event, type: 'health' }))
  }
  await place.bus.settled()
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 })

describe('the status', () => {
  test('comes whole, then what changed, and both together are the whole again', async () => {
    const reader = await open('topics=status')
    await soon(() => expect(reader.messages).toHaveLength(1))
    expect(JSON.parse(reader.messages[0]?.data ?? '')).toEqual(status())
    const web = service({ realServers: [realServer(), sickServer] })
    const ftp = service({ name: 'ftp' })
    present = () => status({ services: [web, ftp] })
    await place.clock.advance(1000)
    await soon(() => expect(reader.messages).toHaveLength(2))
    expect(reader.messages[1]?.event).toBe('status')
    const sick = service({ name: 'ftp', panic: true })
    present = () => status({ generation: 13, services: [web, sick] })
    await place.clock.advance(1000)
    await soon(() => expect(reader.messages).toHaveLength(3))
    expect(reader.messages[2]?.event).toBe('status-change')
    const delta = JSON.parse(reader.messages[2]?.data ?? '')
    expect(delta).toEqual({ generation: 13, services: [sick] })
    expect(applyStatusDelta(JSON.parse(reader.messages[1]?.data ?? ''), delta)).toEqual(present())
  })

  test('says nothing while nothing changes but the time', async () => {
    const reader = await open('topics=status')
    await soon(() => expect(reader.messages).toHaveLength(1))
    present = () => status({ at: '2026-07-15T12:00:09.000Z' })
    await place.clock.advance(5000)
    expect(reader.messages).toHaveLength(1)
  })

  test('is asked for once a second however many look, and not at all when nobody does', async () => {
    const readers = [await open('topics=status'), await open('topics=status'), await open('')]
    await soon(() => {
      for (const { messages } of readers) expect(messages).toHaveLength(1)
    })
    expect(asked).toBe(1)
    await place.clock.advance(3000)
    expect(asked).toBe(4)
    for (const { close } of readers) close()
    await soon(() => expect(place.console.streams()).toBe(0))
    await place.clock.advance(1000)
    const before = asked
    await place.clock.advance(60_000)
    expect(asked).toBe(before)
  })

  test('that cannot be had is trouble, and comes whole when it can again', async () => {
    const reader = await open('topics=status')
    await soon(() => expect(reader.messages).toHaveLength(1))
    present = () => {
      throw new ServiceError('bus.timeout', 'no answer')
    }
    await place.clock.advance(1000)
    await soon(() => expect(reader.messages.at(-1)?.event).toBe('trouble'))
    present = () => status()
    await place.clock.advance(1000)
    await soon(() => expect(reader.messages.at(-1)?.event).toBe('status'))
  })
})

describe('events', () => {
  test('go on after a break where they ended: Last-Event-ID', async () => {
    const first = await open('topics=events')
    await happen(3)
    await soon(() => expect(first.messages).toHaveLength(3))
    first.close()
    await happen(2, 'web2')
    const again = await open('topics=events', { 'last-event-id': first.messages[1]?.id ?? '' })
    await soon(() => expect(again.messages).toHaveLength(3))
    await happen(1, 'web3')
    await soon(() => expect(again.messages).toHaveLength(4))
    const words = again.messages.map(({ data }) => JSON.parse(data).message)
    expect(words).toEqual(['web1 2', 'web2 0', 'web2 1', 'web3 0'])
  })

  test('of long ago are read from the log, without a gap or a double', async () => {
    await happen(1500)
    const reader = await open('topics=events&after=10')
    await happen(5)
    await soon(() => expect(reader.messages).toHaveLength(1495))
    const places = reader.messages.map(({ id }) => Number(id))
    expect(places).toEqual(Array.from({ length: 1495 }, (_, index) => index + 11))
  })

  test('are filtered by service, real server, kind and time', async () => {
    await happen(2)
    await place.clock.advance(60_000)
    await happen(1, 'web2')
    const late = await open(`topics=events&since=${place.clock.now()}`)
    await soon(() => expect(late.messages).toHaveLength(1))
    const other = await open('topics=events&after=0&server=web1&type=health&service=web')
    await soon(() => expect(other.messages).toHaveLength(2))
    const none = await open('topics=events&after=0&service=mail')
    await happen(1, 'web1')
    await soon(() => expect(other.messages).toHaveLength(3))
    expect(none.messages).toEqual([])
  })
})

describe('a stream', () => {
  test('says each ten seconds that it lives', async () => {
    const reader = await open('topics=events')
    await place.clock.advance(20_000)
    await soon(() => expect(reader.beats).toHaveLength(2))
  })

  test('ends when its token is revoked', async () => {
    const reader = await open('topics=events')
    await place.ask('POST', '/v1/logout', { token, body: {} })
    await place.clock.advance(10_000)
    await soon(() => expect(reader.isOver()).toBe(true))
  })

  test('ends when its reader is too slow, and the others go on', async () => {
    const slow = await open('topics=events')
    const quick = await open('topics=events')
    slow.pause()
    const log = await place.bus.log('shop-events')
    const message = 'x'.repeat(200_000)
    for (let count = 0; count < 100; count++) {
      const event = { at: place.clock.now(), type: 'health', message } as const
      await log.append(logEventMessage.encode(event))
      await soon(() => expect(quick.messages).toHaveLength(count + 1))
    }
    await soon(() => expect(place.console.streams()).toBe(1))
    expect(quick.isOver()).toBe(false)
    expect(place.log()).toContain('a slow reader is dropped')
  })

  test('beyond the two hundredth is refused', async () => {
    for (let count = 0; count < 200; count++) await open('topics=events')
    const { status: got, body } = await place.ask('GET', '/v1/stream', { token })
    expect({ got, code: body.error?.code }).toEqual({ got: 503, code: 'api.busy' })
  })

  test('ends when the console stops', async () => {
    const reader = await open('')
    await place.console.stop()
    await soon(() => expect(reader.isOver()).toBe(true))
  })
})
