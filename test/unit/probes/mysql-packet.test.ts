import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as mysql from '../../../probes/mysql-packet.ts'
import { assertTakesAnyBytes, spoiled } from '../../support/only-malformed.ts'

/** A greeting as MariaDB 10.11 sends it. */
const GREETING = Buffer.from(
  '0a352e352e352d31302e31312e31312d4d61726961444200080000006531715d3c5a2a4f00fef72d0200ff81150000' +
    '000000003d0000004d4c7a46473d7e5b2b2a5b78006d7973716c5f6e61746976655f70617373776f726400',
  'hex',
)

test('a greeting says its version, its random bytes and its method', () => {
  const greeting = mysql.decodeGreeting(GREETING)
  expect(greeting).toMatchObject({
    version: '5.5.5-10.11.11-MariaDB',
    capabilities: 0x81ff_f7fe,
    method: 'mysql_native_password',
  })
  expect(greeting.nonce.toString()).toBe('e1q]<Z*OMLzFG=~[+*[x')
})

test('packets and numbers are read back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat({ max: 255 }), (payload, sequence) => {
      const packet = mysql.encodePacket(sequence, Buffer.from(payload))
      expect(mysql.measurePacket(packet)).toBe(packet.length)
      expect(packet[3]).toBe(sequence)
    }),
  )
  const lengths = ['07', 'fb', 'fcff00', 'fd000001', 'fe0100000000000000']
  expect(lengths.map((hex) => mysql.decodeLength(Buffer.from(hex, 'hex')))).toEqual([
    { value: 7, end: 1 },
    { value: undefined, end: 1 },
    { value: 255, end: 3 },
    { value: 65_536, end: 4 },
    { value: 1, end: 9 },
  ])
})

test('errors have their number, with and without a state', () => {
  const denied = Buffer.from('\xff\x15\x04#28000no', 'latin1')
  expect(mysql.errorText(denied)).toBe('1045 (28000): no')
  expect(mysql.errorText(Buffer.from('\xff\x69\x04no', 'latin1'))).toBe('1129: no')
})

test('readers of packets take any bytes', () => {
  assertTakesAnyBytes(mysql.decodeGreeting)
  assertTakesAnyBytes(mysql.decodeGreeting, spoiled(GREETING))
  assertTakesAnyBytes(mysql.decodeSwitch)
  assertTakesAnyBytes(mysql.errorText)
  assertTakesAnyBytes(mysql.decodeFirstColumn)
})
