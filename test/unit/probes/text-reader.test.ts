import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineSearch } from '../../../probes/line-search.ts'
import { DIALOGUE_LIMIT, LINE_LIMIT, TextReader } from '../../../probes/text-reader.ts'

const tooBig = (got: string): Error => new Error(`too big: ${got}`)
const CLOSED = new Error('closed')

/** Cuts a text at random places. */
function chunks(text: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  return fc.tuple(text, fc.array(fc.nat(400), { maxLength: 20 })).map(([whole, cuts]) => {
    const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])]
    places.sort((a, b) => a - b)
    return places.slice(1).map((place, index) => whole.slice(places[index], place))
  })
}

describe('TextReader', () => {
  test('hands out the same lines however they are chopped', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '\0'), maxLength: 30 })
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 })
    const text = lines.map((parts) => parts.map(([one, end]) => one + end).join(''))
    await fc.assert(
      fc.asyncProperty(chunks(text), async (pieces) => {
        const reader = new TextReader(tooBig)
        const wanted = pieces.join('').split(/\r?\n/).slice(0, -1)
        const got = (async () => {
          const heard: string[] = []
          for (let left = wanted.length; left > 0; left -= 1) heard.push(await reader.readLine())
          return heard
        })()
        for (const piece of pieces) {
          reader.feed(piece)
          await null
        }
        expect(await got).toEqual(wanted)
        expect(reader.isEmpty).toBe(true)
      }),
    )
  })

  test('hands out so many bytes, and the rest by lines', async () => {
    const reader = new TextReader(tooBig)
    const part = reader.readBytes(5)
    for (const piece of ['ab', 'c\nd', 'e\nf\n']) reader.feed(piece)
    expect(await part).toBe('abc\nd')
    expect(await reader.readLine()).toBe('e')
    expect(await reader.readLine()).toBe('f')
  })

  test.each([
    ['a line', (reader: TextReader) => reader.readLine(), 'x'.repeat(LINE_LIMIT + 1)],
    [
      'a line that ends late',
      (reader: TextReader) => reader.readLine(),
      `${'x'.repeat(LINE_LIMIT)}\n`,
    ],
    [
      'everything',
      (reader: TextReader) => reader.search(new LineSearch('y'), tooBig),
      '\n'.repeat(DIALOGUE_LIMIT + 1),
    ],
    ['a number', (reader: TextReader) => reader.readBytes(DIALOGUE_LIMIT + 1), ''],
    ['no number', (reader: TextReader) => reader.readBytes(Number.NaN), ''],
  ])('bounds %s', async (_name, read, text) => {
    const reader = new TextReader(tooBig)
    const part = read(reader)
    reader.feed(text)
    await expect(part).rejects.toThrow('too big')
  })

  test('takes a line of the longest kind', async () => {
    const reader = new TextReader(tooBig)
    reader.feed(`${'x'.repeat(LINE_LIMIT - 1)}\n`)
    expect(await reader.readLine()).toHaveLength(LINE_LIMIT - 1)
  })

  test('hands out what came before the end, and then the error', async () => {
    const reader = new TextReader(tooBig)
    reader.feed('a\nb')
    reader.break(CLOSED, true)
    expect(await reader.readLine()).toBe('a')
    await expect(reader.readLine()).rejects.toBe(CLOSED)
  })

  test('reads to the end, whether that comes before or after the question', async () => {
    const early = new TextReader(tooBig)
    early.feed('abc')
    early.break(CLOSED, true)
    expect(await early.readToEnd(100)).toBe('abc')
    const late = new TextReader(tooBig)
    const rest = late.readToEnd(4)
    late.feed('ab')
    late.feed('cdef')
    expect(await rest).toBe('abcd')
    const broken = new TextReader(tooBig)
    broken.feed('abc')
    broken.break(CLOSED)
    await expect(broken.readToEnd(100)).rejects.toBe(CLOSED)
  })
})

describe('LineSearch', () => {
  test('finds the same match however the text is chopped', async () => {
    const text = fc
      .string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', 'ü'), maxLength: 60 })
      .map((decoded) => Buffer.from(decoded).toString('latin1'))
    await fc.assert(
      fc.asyncProperty(
        chunks(text),
        fc.constantFrom('^ab*$', 'ü', 'bb', '^$'),
        async (pieces, pattern) => {
          const reader = new TextReader(tooBig)
          const search = reader.search(new LineSearch(pattern), () => CLOSED)
          for (const piece of pieces) reader.feed(`${piece}`)
          reader.break(CLOSED, true)
          const whole = Buffer.from(pieces.join(''), 'latin1').toString()
          const isThere = new RegExp(pattern, 'um').test(whole)
          const isFound = await search.then(
            () => true,
            () => false,
          )
          // A line may match before its end has come, so more is found than in the whole, never less.
          if (isThere && whole !== '') expect(isFound).toBe(true)
        },
      ),
    )
  })

  test('is bounded in looks', async () => {
    const reader = new TextReader(tooBig)
    const search = reader.search(new LineSearch('needle'), () => CLOSED)
    for (let left = 300; left > 0; left -= 1) reader.feed('x')
    await expect(search).rejects.toThrow('pieces')
  })
})
