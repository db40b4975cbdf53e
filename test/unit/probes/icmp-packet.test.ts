import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COOKIE_LENGTH,
  checksum,
  echoRequest,
  readAnswer,
  renumber,
} from '../../../probes/icmp-packet.ts'

const families = [4, 6] as const
const cookie = Buffer.alloc(COOKIE_LENGTH, 7)
const replyTo = { 4: 0, 6: 129 } as const

describe.each(families)('an ICMP echo over IPv%i', (family) => {
  test('comes back as a reply with its identifier, sequence and cookie', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), fc.boolean(), (id, sequence, hasHeader) => {
        const packet = echoRequest(family, id, sequence, cookie)
        packet[0] = replyTo[family]
        const header = Buffer.alloc(hasHeader ? 24 : 0)
        if (hasHeader) header[0] = 0x46
        const answer = readAnswer(family, Buffer.concat([header, packet]), hasHeader)
        expect(answer).toEqual({ type: 'reply', id, sequence, cookie })
      }),
    )
  })

  test('takes another sequence and number, and is then as one made with them', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), (sequence, number) => {
        const wanted = Buffer.from(cookie)
        wanted.writeUInt32BE(number, COOKIE_LENGTH - 4)
        const packet = echoRequest(family, 5, 9, cookie)
        renumber(packet, family, sequence, number)
        expect(packet).toEqual(echoRequest(family, 5, sequence, wanted))
      }),
    )
  })

  test('is recognised in an "unreachable" that quotes it', () => {
    const quotedHeader = Buffer.alloc(family === 4 ? 20 : 40)
    quotedHeader[0] = family === 4 ? 0x45 : 0x60
    const message = Buffer.alloc(8)
    message[0] = family === 4 ? 3 : 1
    message[1] = 1
    const quoted = echoRequest(family, 77, 99, cookie)
    const answer = readAnswer(family, Buffer.concat([message, quotedHeader, quoted]), false)
    expect(answer).toEqual({ type: 'unreachable', id: 77, sequence: 99, code: 1 })
  })

  test('is not read from its own request, nor from garbage, and garbage never throws', () => {
    expect(readAnswer(family, echoRequest(family, 1, 2, cookie), false)).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, hasHeader) => {
        const answer = readAnswer(family, Buffer.from(bytes), hasHeader)
        if (bytes.length < 8) expect(answer).toBeUndefined()
      }),
    )
  })
})

test('checksum() makes the whole message sum to zero, as RFC 1071 wants', () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.nat(0xffff),
      fc.uint8Array({ maxLength: 32 }),
      (id, seq, data) => {
        const packet = echoRequest(4, id, seq, data)
        expect(checksum(packet)).toBe(0)
      },
    ),
  )
})
