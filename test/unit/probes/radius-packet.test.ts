import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeResponse, encodeAccessRequest } from '../../../probes/radius-packet.ts'
import { assertTakesAnyBytes, spoiled } from '../../support/only-malformed.ts'

const request = {
  id: 0,
  authenticator: Buffer.from('0f403f9473978057bd83d5cb98f4227a', 'hex'),
  secret: 'xyzzy5461',
}

/** RFC 2865 section 7.1: a server's answer to user nemo, made with this secret and authenticator. */
const ACCEPT = Buffer.from(
  '0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103',
  'hex',
)

test('an answer of the standard is authentic, and no longer so when any byte of it changes', () => {
  const wanted = { code: 'Access-Accept', isAuthentic: true, message: '' }
  expect(decodeResponse(ACCEPT, request)).toEqual(wanted)
  fc.assert(
    fc.property(
      fc.nat({ max: ACCEPT.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, bits) => {
        const bytes = Buffer.from(ACCEPT)
        bytes[at] = (bytes[at] ?? 0) ^ bits
        try {
          expect(decodeResponse(bytes, request)?.isAuthentic).not.toBe(true)
        } catch (error) {
          expect(String(error)).toContain('MalformedMessage')
        }
      },
    ),
  )
})

test('hides a password as the standard does', () => {
  const bytes = encodeAccessRequest(request, 'nemo', 'arctangent')
  expect(bytes.toString('hex')).toContain('01066e656d6f02120dbe708d93d413ce3196e43f782a0aee')
})

test('a packet is as long as it says, whatever user and password', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(text, text, (user, password) => {
      const bytes = encodeAccessRequest(request, user, password)
      expect(bytes.readUInt16BE(2)).toBe(bytes.length)
    }),
  )
})

test('takes any bytes', () => {
  assertTakesAnyBytes((bytes) => decodeResponse(bytes, request))
  assertTakesAnyBytes((bytes) => decodeResponse(bytes, request), spoiled(ACCEPT))
  const asked = encodeAccessRequest(request, 'nemo', 'arctangent')
  assertTakesAnyBytes((bytes) => decodeResponse(bytes, request), spoiled(asked))
})
