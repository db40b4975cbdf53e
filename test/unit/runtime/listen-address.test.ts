import { describe, expect, test } from 'vitest'
import {
  formatListenAddress,
  parseListenAddress,
} from '../../../services/shared/runtime/listen-address.ts'

describe('parseListenAddress()', () => {
  test.each([
    ['127.0.0.1:9640', { host: '127.0.0.1', port: 9640 }],
    ['[::1]:9640', { host: '::1', port: 9640 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':9640', { host: '::', port: 9640 }],
  ])('reads %s', (text, wanted) => {
    expect(parseListenAddress('--http', text)).toEqual(wanted)
  })

  test.each(['9640', '::1:9640', '[1.2.3.4]:80', '127.0.0.1:70000', 'a:b', '', '127.0.0.1:'])(
    'refuses "%s" and names the option',
    (text) => {
      expect(() => parseListenAddress('--http', text)).toThrow(
        `--http: want ADDRESS:PORT such as 127.0.0.1:9640 or [::1]:9640, got "${text}"`,
      )
    },
  )

  test('what is formatted can be read again', () => {
    for (const address of [
      { host: '::1', port: 1 },
      { host: '10.0.0.1', port: 65_535 },
    ]) {
      expect(parseListenAddress('--http', formatListenAddress(address))).toEqual(address)
    }
  })
})
