import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { berNumber, berSize, decodeBer, encodeBer, encodeBerInteger } from '../../../probes/ber.ts'
import { bindRequest, decodeMessage, searchRequest } from '../../../probes/ldap-message.ts'
import { assertTakesAnyBytes, spoiled } from '../../support/only-malformed.ts'

describe('BER', () => {
  test('reads back what it writes, whatever the length', () => {
    const value = fc.uint8Array({ maxLength: 70_000, size: 'max' })
    fc.assert(
      fc.property(value, (bytes) => {
        const encoded = encodeBer(0x04, Buffer.from(bytes))
        expect(berSize(encoded)).toBe(encoded.length)
        expect(decodeBer(encoded).value.equals(bytes)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('reads back numbers', () => {
    fc.assert(
      fc.property(fc.nat(), (number) => {
        expect(berNumber(decodeBer(encodeBerInteger(0x02, number)))).toBe(number)
      }),
    )
    expect(encodeBerInteger(0x02, 128).toString('hex')).toBe('02020080')
  })

  test('is bounded in depth and in number', () => {
    let deep = encodeBer(0x30)
    for (let depth = 0; depth < 20; depth += 1) deep = encodeBer(0x30, deep)
    expect(() => decodeBer(deep)).toThrow('too many elements')
    const many = encodeBer(0x30, ...Array.from({ length: 10_001 }, () => encodeBer(0x05)))
    expect(() => decodeBer(many)).toThrow('too many elements')
  })

  test('takes any bytes', () => {
    assertTakesAnyBytes(decodeBer)
    assertTakesAnyBytes(berSize)
  })
})

describe('LDAP messages', () => {
  test('are as the standard has them', () => {
    expect(bindRequest(1, '', '').toString('hex')).toBe('300c020101600702010304008000')
    const search = searchRequest(2, 'o=x', '(cn=*)', ['1.1'])
    expect(search.toString('hex')).toBe(
      '302402010263 1f 0403 6f3d78 0a0100 0a0100 020100 020100 010100 8702 636e 3005 0403 312e31'.replaceAll(
        ' ',
        '',
      ),
    )
  })

  test('an entry has its values by attribute, whatever the case', () => {
    const entry = encodeBer(
      0x64,
      encodeBer(0x04, 'o=x'),
      encodeBer(
        0x30,
        encodeBer(0x30, encodeBer(0x04, 'cN'), encodeBer(0x31, encodeBer(0x04, 'ü'))),
      ),
    )
    const message = encodeBer(0x30, encodeBerInteger(0x02, 7), entry)
    expect(decodeMessage(message)).toEqual({
      id: 7,
      operation: 0x64,
      result: undefined,
      entry: { dn: 'o=x', attributes: new Map([['cn', ['ü']]]) },
    })
    assertTakesAnyBytes(decodeMessage, spoiled(message))
    assertTakesAnyBytes(decodeMessage)
  })
})
