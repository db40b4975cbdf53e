import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BODY_LIMIT,
  HEAD_LIMIT,
  RESPONSE_LIMIT,
  ResponseReader,
} from '../../../probes/http-response.ts'

interface Seen {
  readonly status: number
  readonly reason: string
  readonly body: string
  readonly problem: string | undefined
  readonly done: boolean
}

/** Feeds the text cut at these places; closes the connection if the reader still wants more. */
function read(text: string, cuts: readonly number[] = [], wantBody = true, method = 'GET'): Seen {
  const reader = new ResponseReader(method, wantBody)
  const bytes = Buffer.from(text, 'latin1')
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])]
  places.sort((a, b) => a - b)
  let done = false
  for (let i = 0; i + 1 < places.length && !done; i++) {
    // A copy that is wiped afterwards: the reader must not keep views into it.
    const piece = Buffer.from(bytes.subarray(places[i], places[i + 1]))
    done = reader.feed(piece)
    piece.fill(0)
  }
  if (!done) reader.close()
  const { status, reason, problem } = reader
  return { status, reason, body: reader.body.toString('latin1'), problem: problem?.code, done }
}

const chunked = 'Transfer-Encoding: chunked\r\n\r\n'

describe('ResponseReader accepts', () => {
  const cases: readonly (readonly [string, string, Partial<Seen>])[] = [
    [
      'a plain answer',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
      { status: 200, body: 'hi' },
    ],
    ['bare LF line ends', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi', { status: 200, body: 'hi' }],
    ['no reason phrase', 'HTTP/1.1 204\r\n\r\n', { status: 204, reason: '' }],
    ['HTTP/1.0 until the close', 'HTTP/1.0 200 OK\r\n\r\nall of it', { body: 'all of it' }],
    ['blank lines first', '\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx', { status: 200, body: 'x' }],
    [
      'a length said twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nxy',
      { body: 'x' },
    ],
    [
      'lengths that differ, by the close',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxyz',
      { body: 'xyz' },
    ],
    [
      'interim answers',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\n\r\n',
      { status: 404 },
    ],
    [
      'chunks',
      `HTTP/1.1 200 OK\r\n${chunked}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`,
      { body: 'abcde' },
    ],
    [
      'chunks and a length: chunks win',
      `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n${chunked}2\nab\n0\n\n`,
      { body: 'ab' },
    ],
    [
      'a body on a 204 by not reading it',
      'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello',
      { body: '' },
    ],
  ]
  test.each(cases)('%s', (_name, text, wanted) => {
    expect(read(text)).toMatchObject({ problem: undefined, ...wanted })
  })

  test('the head alone when no body is wanted, and after a HEAD', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'
    expect(read(text, [], false)).toMatchObject({ done: true, problem: undefined, status: 200 })
    expect(read(text, [], true, 'HEAD')).toMatchObject({ done: true, problem: undefined })
  })
})

describe('ResponseReader refuses', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['nothing at all', '', 'http.closed'],
    ['half a status line', 'HTTP/1.1 20', 'http.closed'],
    ['half a head', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'http.closed'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'http.garbage'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n', 'http.garbage'],
    [
      'a body shorter than it says',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi',
      'http.truncated',
    ],
    ['chunks that end early', `HTTP/1.1 200 OK\r\n${chunked}5\r\nab`, 'http.truncated'],
    ['a chunk size that is none', `HTTP/1.1 200 OK\r\n${chunked}zz\r\nab`, 'http.chunk'],
    ['a chunk longer than it says', `HTTP/1.1 200 OK\r\n${chunked}1\r\nabc\r\n`, 'http.chunk'],
    [
      'an endless chunk-size line',
      `HTTP/1.1 200 OK\r\n${chunked}1;${'x'.repeat(5000)}`,
      'http.chunk',
    ],
    ['an endless head', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(HEAD_LIMIT)}`, 'http.head-too-big'],
    ['interim answers without end', 'HTTP/1.1 100 C\r\n\r\n'.repeat(70_000), 'http.too-big'],
    [
      'chunks of nothing but overhead',
      `HTTP/1.1 200 OK\r\n${chunked}${`1;${'x'.repeat(900)}\r\na\r\n`.repeat(1300)}`,
      'http.too-big',
    ],
  ]
  test.each(cases)('%s', (_name, text, problem) => {
    const everyFewBytes = Array.from({ length: Math.ceil(text.length / 4000) }, (_, i) => i * 4000)
    expect(read(text, everyFewBytes).problem).toBe(problem)
  })

  test('more body than it keeps, without calling that a failure', () => {
    const seen = read(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(BODY_LIMIT + 10)}`)
    expect(seen).toMatchObject({ done: true, problem: undefined })
    expect(seen.body).toHaveLength(BODY_LIMIT)
    expect(BODY_LIMIT + HEAD_LIMIT).toBeLessThan(RESPONSE_LIMIT)
  })
})

describe('ResponseReader, on any input', () => {
  const body = fc.string({ unit: 'binary-ascii', maxLength: 60 })
  const cuts = fc.array(fc.nat(400), { maxLength: 8 })
  const newline = fc.constantFrom('\r\n', '\n')

  test('reads the same however the bytes are cut', () => {
    const sizes = fc.array(body, { maxLength: 5 })
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        sizes,
        newline,
        fc.boolean(),
        cuts,
        (status, parts, nl, isChunked, at) => {
          const pieces = parts.filter((part) => part !== '')
          const payload = isChunked
            ? `${pieces.map((part) => `${part.length.toString(16)}${nl}${part}${nl}`).join('')}0${nl}${nl}`
            : pieces.join('')
          const framing = isChunked
            ? 'transfer-encoding: chunked'
            : `content-length: ${payload.length}`
          const text = `HTTP/1.1 ${status} Some reason${nl}X: y${nl}${framing}${nl}${nl}${payload}`
          const whole = read(text)
          expect(read(text, at)).toEqual(whole)
          expect(whole.problem).toBeUndefined()
          const bodiless = status === 204 || status === 304
          expect(whole.body).toBe(bodiless ? '' : pieces.join(''))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('never throws, and comes to the same end however garbage is cut', () => {
    const words = fc.constantFrom(
      'HTTP/1.1 ',
      '200',
      ' OK',
      '\r\n',
      '\n',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      '3',
      'abc',
      '0',
      ':',
      '\r',
      'ÿ',
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: words }, { weight: 1, arbitrary: body }), {
          maxLength: 25,
        }),
        cuts,
        fc.boolean(),
        (parts, at, wantBody) => {
          const text = parts.join('')
          const whole = read(text, [], wantBody)
          const cut = read(text, at, wantBody)
          expect({ ...cut, done: 0 }).toEqual({ ...whole, done: 0 })
        },
      ),
      { numRuns: 500 },
    )
  })
})
