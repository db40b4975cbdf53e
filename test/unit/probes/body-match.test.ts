import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstMatch, TOO_SLOW } from '../../../probes/body-match.ts'

describe('firstMatch()', () => {
  test('finds what RegExp finds, guarded or not', () => {
    const patterns = fc.constantFrom('ab', 'a+b', '^b*$', 'x{2,}', '[ab]{2}', 'ü.*b')
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x', 'ü', '\n') })
    fc.assert(
      fc.property(patterns, text, (source, body) => {
        const pattern = new RegExp(source, 'um')
        expect(firstMatch(pattern, body)).toBe(pattern.exec(body)?.[0])
      }),
    )
  })

  test('gives up on a pattern that a hostile body drives mad', () => {
    expect(firstMatch(/^(a+)+$/u, `${'a'.repeat(60)}!`)).toBe(TOO_SLOW)
    expect(firstMatch(/x+y/u, 'x'.repeat(262_144))).toBe(TOO_SLOW)
  })
})
