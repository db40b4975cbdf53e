import fc from 'fast-check'
import { MalformedMessage } from '../../probes/malformed-message.ts'

/** Fails unless the decoder takes any bytes, or refuses them with a `MalformedMessage`. */
export function assertTakesAnyBytes(
  decode: (bytes: Buffer) => unknown,
  arbitrary: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 }),
): void {
  fc.assert(
    fc.property(arbitrary, (bytes) => {
      try {
        decode(Buffer.from(bytes))
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error
      }
    }),
    { numRuns: 1000 },
  )
}

/**
 * Bytes of a real message with some of them changed, which leads a decoder further than noise does.
 */
export function spoiled(message: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat({ max: message.length - 1 }), fc.nat({ max: 255 }))
  return fc
    .tuple(fc.array(change, { maxLength: 6 }), fc.nat({ max: message.length }))
    .map(([changes, cut]) => {
      const bytes = Uint8Array.from(message)
      for (const [at, value] of changes) bytes[at] = value
      return bytes.subarray(0, cut % 3 === 0 ? cut : bytes.length)
    })
}
