import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layOut } from '../../../services/cli/table.ts'
import { cut, oneLine, widthOf } from '../../../services/cli/text-width.ts'

const columns = [
  { title: 'NAME' },
  { title: 'WEIGHT', align: 'right' },
  { title: 'REASON' },
] as const
const cells = (...texts: string[]) => texts.map((text) => ({ text }))

describe('layOut', () => {
  test('columns are as wide as their longest text, numbers stand on the right', () => {
    const rows = [cells('web1', '100', 'passes'), cells('web-number-2', '0', 'fails')]
    const layout = layOut(columns, rows, 80)
    expect([layout.head, ...rows.map(layout.line)]).toEqual([
      'NAME          WEIGHT  REASON',
      'web1             100  passes',
      'web-number-2       0  fails',
    ])
  })

  test('the last column is cut with … at the edge of the terminal', () => {
    const rows = [cells('web1', '100', 'wanted 200-299, got 500 Internal Server Error')]
    const line = layOut(columns, rows, 40).line(rows[0] ?? [])
    expect(line).toBe('web1     100  wanted 200-299, got 500 I…')
    expect(widthOf(line)).toBe(40)
  })

  test('a terminal too narrow for anything still shows the start of the reason', () => {
    const rows = [cells('web1', '100', 'wanted 200-299, got 500 Internal Server Error')]
    expect(layOut(columns, rows, 10).line(rows[0] ?? [])).toBe('web1     100  wanted 200-299,…')
  })

  test('colours do not count as width', () => {
    const row = [{ text: 'web1', paint: (text: string) => `<b>${text}</b>` }, { text: '1' }]
    expect(layOut(columns, [row], 80).line(row)).toBe('<b>web1</b>       1')
  })

  test('a column keeps its least width when nothing stands in it', () => {
    const row = cells('', 'web1')
    expect(layOut([{ title: '', minWidth: 1 }, { title: '' }], [row], 80).line(row)).toBe('   web1')
  })

  test('no line is longer than the terminal when the terminal has room for the columns', () => {
    const texts = fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 5 }), fc.string())
    fc.assert(
      fc.property(
        fc.array(texts, { maxLength: 5 }),
        fc.integer({ min: 50, max: 200 }),
        (all, width) => {
          const rows = all.map((row) => cells(...row))
          const layout = layOut(columns, rows, width)
          for (const row of rows) expect(widthOf(layout.line(row))).toBeLessThanOrEqual(width)
        },
      ),
    )
  })
})

test('in a narrow terminal the widest words are cut too, and no number is', () => {
  const columns = [
    { title: 'SERVER' },
    { title: 'WEIGHT', align: 'right' },
    { title: 'WHY' },
  ] as const
  const row = [
    { text: 'a-very-long-name-of-a-server' },
    { text: '65535/65535' },
    { text: 'because' },
  ]
  const layout = layOut(columns, [row], 48)
  expect(layout.line(row)).toBe('a-very-long-name…  65535/65535  because')
  expect(layOut(columns, [row], 20).line(row)).toBe('a-very-…  65535/65535  because')
})

describe('text from others', () => {
  test('what a server says cannot steer the terminal, nor make a second line', () => {
    expect(oneLine('a\u001b[2Jb\r\nc\u0007\u202ed')).toBe('a\ufffd[2Jb c\ufffd\ufffdd')
  })

  test('no control character survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(oneLine(text)).not.toMatch(/\p{Cc}|\p{Cf}/u)
      }),
    )
  })

  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['äöüß', 3, 'äö…'],
    ['😀😀😀', 2, '😀…'],
    ['abc', 0, ''],
  ])('%s cut to %i is %j', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected)
  })
})
