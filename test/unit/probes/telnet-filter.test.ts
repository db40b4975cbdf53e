import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TelnetFilter } from '../../../probes/telnet-filter.ts'

test('TelnetFilter gives the same text and answers however the bytes are chopped', () => {
  const byte = fc.oneof(fc.constantFrom(255, 254, 253, 252, 251, 250, 240, 0, 1), fc.nat(255))
  fc.assert(
    fc.property(fc.array(fc.array(byte, { maxLength: 8 }), { maxLength: 8 }), (pieces) => {
      const whole = new TelnetFilter().feed(Uint8Array.from(pieces.flat()))
      const filter = new TelnetFilter()
      const parts = pieces.map((piece) => filter.feed(Uint8Array.from(piece)))
      expect(Buffer.concat(parts.map(({ text }) => text))).toEqual(whole.text)
      expect(Buffer.concat(parts.map(({ answer }) => answer))).toEqual(whole.answer)
      expect(whole.answer.length % 3).toBe(0)
    }),
  )
})

test('TelnetFilter keeps a doubled 255, and takes parameters out', () => {
  const { text, answer } = new TelnetFilter().feed(
    Buffer.from([65, 255, 255, 66, 255, 250, 24, 255, 255, 255, 240, 67, 255, 252, 1, 68]),
  )
  expect([...text]).toEqual([65, 255, 66, 67, 68])
  expect(answer).toHaveLength(0)
})
