import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeReply, encodeCommand } from '../../../probes/resp.ts'
import { assertTakesAnyBytes } from '../../support/only-malformed.ts'

const words = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 })

describe('decodeReply()', () => {
  test('reads what encodeCommand writes, and wants every byte of it', () => {
    fc.assert(
      fc.property(words, fc.nat(), (command, cut) => {
        const bytes = encodeCommand(command)
        const text = command.map((word) => Buffer.from(word).toString()).join('\n')
        expect(decodeReply(bytes)).toEqual({ length: bytes.length, isError: false, text })
        expect(decodeReply(bytes.subarray(0, cut % bytes.length))).toBeUndefined()
      }),
    )
  })

  test.each([
    ['+OK\r\n', { length: 5, isError: false, text: 'OK' }],
    ['-ERR no\r\n', { length: 9, isError: true, text: 'ERR no' }],
    [':-7\r\n+more', { length: 5, isError: false, text: '-7' }],
    ['$-1\r\n', { length: 5, isError: false, text: '(nil)' }],
    ['*-1\r\n', { length: 5, isError: false, text: '(nil)' }],
    ['*2\r\n:1\r\n*1\r\n+a\r\n', { length: 16, isError: false, text: '1\na' }],
  ])('reads %j', (text, reply) => {
    expect(decodeReply(Buffer.from(text))).toEqual(reply)
  })

  test.each([':x\r\n', '$-2\r\n', '$x\r\n', '$1\r\nabc', '\r\n', 'hello', `+${'x'.repeat(2000)}`])(
    'refuses %j',
    (text) => {
      expect(() => decodeReply(Buffer.from(text))).toThrow(/want a reply of Redis/)
    },
  )

  test('takes any bytes', () => {
    assertTakesAnyBytes(decodeReply)
    const text = fc.stringMatching(/^([*$:+-]?-?\d{0,3}(\r\n)?){0,20}$/)
    assertTakesAnyBytes(decodeReply, text.map(Buffer.from))
  })
})
