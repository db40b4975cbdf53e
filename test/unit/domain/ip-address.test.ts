import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addressBytes,
  addressFromBytes,
  hostPort,
  parseIpAddress,
} from '../../../services/shared/domain/ip-address.ts'

const bytes4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
/** Many zeros, so that runs of zero groups are common. */
const bytes16 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 65_535 })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])))

test('an address survives the way to bytes and back', () => {
  fc.assert(
    fc.property(fc.oneof(bytes4, bytes16), (bytes) => {
      const text = addressFromBytes(bytes)
      expect(addressBytes(text)).toEqual(bytes)
      const family = bytes.length === 4 ? 4 : 6
      expect(parseIpAddress(text)).toEqual({ family, text })
    }),
  )
})

test('IPv6 is written as URLs write it (RFC 5952)', () => {
  fc.assert(
    fc.property(bytes16, (bytes) => {
      const text = addressFromBytes(bytes)
      expect(`[${text}]`).toBe(new URL(`http://[${text}]/`).hostname)
    }),
  )
})

test('what is an address and what is not is what Node thinks', () => {
  const piece = fc.constantFrom('0', '1', 'ff', 'ffff', '10000', ':', '::', '.', '1.2.3.4', '256')
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), text), (candidate) => {
      expect(parseIpAddress(candidate)?.family ?? 0).toBe(isIP(candidate))
    }),
    { numRuns: 2000 },
  )
})

test.for([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['192.0.2.1', '192.0.2.1'],
])('%s is written %s', ([given = '', canonical]) => {
  expect(parseIpAddress(given)?.text).toBe(canonical)
})

test.for(['', '1.2.3', '01.2.3.4', '1.2.3.4::', 'fe80::1%eth0', '[::1]', '1::2::3', ':::', '::1:'])(
  '%j is no address',
  (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  },
)

test('addressBytes() refuses what is no address', () => {
  expect(() => addressBytes('web1')).toThrow(new RangeError('not an IP address: web1'))
})

test('a port stands behind brackets where the address has colons', () => {
  expect(hostPort('10.0.0.1', 80)).toBe('10.0.0.1:80')
  expect(hostPort('2001:db8::1', 80)).toBe('[2001:db8::1]:80')
})
