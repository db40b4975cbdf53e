import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeResponse, encodeQuery, shownDatagram } from '../../../probes/dns-message.ts'
import { dnsTypeName, dnsTypeNumber, rcodeName } from '../../../probes/dns-types.ts'
import { assertTakesAnyBytes, spoiled } from '../../support/only-malformed.ts'

const label = fc.stringMatching(/^[\w*-]{1,20}$/)
const name = fc.array(label, { maxLength: 8 }).map((labels) => `${labels.join('.')}.`)

function response(id: number, asked: string, type: number): Buffer {
  const bytes = encodeQuery({ id, name: asked, type, recursion: true })
  bytes.writeUInt8(bytes.readUInt8(2) | 0x80, 2)
  return bytes
}

/** `www.a. IN A`, answered by a CNAME, an address, a text and an OPT record with upper code bits. */
const answered = Buffer.concat([
  Buffer.from('123481830001000300000001', 'hex'),
  Buffer.from('\x03www\x01a\0\0\x01\0\x01', 'latin1'),
  Buffer.from('c00c000500010000000a0004', 'hex'),
  Buffer.from('\x01b\xc0\x10', 'latin1'),
  Buffer.from('c010000100010000000a0004c0000201', 'hex'),
  Buffer.from('c010001000010000000a000403612062', 'hex'),
  Buffer.from('0000290200010000000000', 'hex'),
])

describe('decodeResponse()', () => {
  test('reads the question that encodeQuery writes', () => {
    const id = fc.nat({ max: 0xffff })
    fc.assert(
      fc.property(id, name, id, (number, asked, type) => {
        expect(decodeResponse(response(number, asked, type))).toEqual({
          id: number,
          rcode: 0,
          truncated: false,
          question: { name: asked === '.' ? '.' : asked, type },
          answers: [],
        })
      }),
    )
  })

  test('follows compressed names and adds the upper bits of the code', () => {
    expect(decodeResponse(answered)).toEqual({
      id: 0x1234,
      rcode: 0x13,
      truncated: false,
      question: { name: 'www.a.', type: 1 },
      answers: [
        { name: 'www.a.', type: 5, text: 'b.a.' },
        { name: 'a.', type: 1, text: '192.0.2.1' },
        { name: 'a.', type: 16, text: '"a b"' },
      ],
    })
  })

  test('takes any bytes, and says what is wrong with them', () => {
    assertTakesAnyBytes(decodeResponse)
    assertTakesAnyBytes(decodeResponse, spoiled(answered))
    expect(shownDatagram(Buffer.from('x'))).toBe('(1 bytes: a message that ends early)')
  })

  test('does not follow a name in a circle', () => {
    const bytes = response(1, '.', 1)
    for (const pointer of [12, 17, 18, 4000]) {
      const circle = Buffer.concat([
        bytes.subarray(0, 17),
        Buffer.of(0xc0 | (pointer >> 8), pointer & 255),
      ])
      circle.writeUInt16BE(1, 6)
      if (pointer === 12) expect(() => decodeResponse(circle)).toThrow('ends early')
      else expect(() => decodeResponse(circle)).toThrow('circle')
    }
  })
})

test('types and codes have their names, and numbers where they have none', () => {
  expect(['aaaa', 'TYPE28', 28, '28'].map(dnsTypeNumber)).toEqual([28, 28, 28, 28])
  expect(['', 'NOPE', 'TYPE65536', 70000, -1, 'toString'].map(dnsTypeNumber)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  )
  expect([1, 65_280].map(dnsTypeName)).toEqual(['A', 'TYPE65280'])
  expect([3, 16, 23].map(rcodeName)).toEqual(['NXDOMAIN', 'BADVERS', 'RCODE23'])
})
