import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../services/shared/domain/duration.ts'

const SCALES = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

test('a duration is the sum of its parts', () => {
  const unit = fc.constantFrom('d', 'h', 'm', 's', 'ms')
  const part = fc.tuple(fc.integer({ min: 0, max: 999 }), unit)
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.map(([amount, name]) => `${amount}${name}`).join('')
      const sum = parts.reduce((total, [amount, name]) => total + amount * SCALES[name], 0)
      expect(parseDuration(text)).toBe(sum)
    }),
  )
})

test('what people are shown is what it is, to the second unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 * SCALES.d }), (ms) => {
      const shown = formatDuration(ms)
      const read = parseDuration(shown.replaceAll(' ', ''))
      expect(read).toBeDefined()
      expect(Math.abs((read ?? 0) - ms)).toBeLessThanOrEqual(
        Math.max(0.05 * ms, ms >= 10_000 ? 500 : 0),
      )
      expect(shown.split(' ').length).toBeLessThanOrEqual(2)
      expect(formatDuration(read ?? 0)).toBe(shown)
    }),
  )
})

test.for([
  ['500ms', 500],
  ['2s', 2000],
  ['1.5s', 1500],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['0s', 0],
] as const)('%s is %d ms', ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms)
})

test.for(['', '5', 's', '5 s', '-1s', '1e3s', '1w', '1s ', '99999999999999999999d'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

test.for([
  [0, '0s'],
  [350, '350ms'],
  [1500, '1s 500ms'],
  [59_999, '1m'],
  [5_400_000, '1h 30m'],
  [90_061_000, '1d 1h'],
] as const)('%d ms is shown as %s', ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text)
})
