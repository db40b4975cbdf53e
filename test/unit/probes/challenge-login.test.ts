import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChallengeLogin } from '../../../probes/challenge-login.ts'

describe('ChallengeLogin', () => {
  test('answers the example of RFC 2617 section 3.5', () => {
    const login = new ChallengeLogin(
      { user: 'Mufasa', password: 'Circle Of Life' },
      () => '0a4f113b',
    )
    const challenge =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", ' +
      'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    expect(login.challenge([challenge])).toBe(true)
    const answer = login.authorize('GET', '/dir/index.html')
    expect(answer).toContain('response="6629fae49393a05397450978507c4ef1"')
    expect(answer).toContain('nc=00000001')
    expect(login.authorize('GET', '/dir/index.html')).toContain('nc=00000002')
  })

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers the example of RFC 7616 section 3.9.1 with %s', (algorithm, response) => {
    const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'
    const login = new ChallengeLogin({ user: 'Mufasa', password: 'Circle of Life' }, () => cnonce)
    const challenge =
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
      'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    expect(login.challenge([challenge])).toBe(true)
    expect(login.authorize('GET', '/dir/index.html')).toContain(`response="${response}"`)
  })

  test('takes a digest before the password in the clear, and says nothing unasked', () => {
    const login = new ChallengeLogin({ user: 'Aladdin', password: 'open sesame' })
    expect(login.authorize('OPTIONS', '*')).toBeUndefined()
    login.challenge(['Basic realm="x"', 'Digest realm="x", nonce="y"'])
    expect(login.authorize('OPTIONS', '*')).toMatch(/^Digest username="Aladdin", /)
    login.challenge(['Digest realm="x", nonce="y", algorithm=SHA-1', 'Basic realm="x"'])
    expect(login.authorize('OPTIONS', '*')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    expect(login.challenge(['Negotiate', 'Digest qop="auth-int", nonce="y"'])).toBe(false)
  })

  test('never throws, whatever a server asks for, and puts no line end into its answer', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (headers, tail) => {
        const login = new ChallengeLogin({ user: 'a"b\\', password: 'c' })
        const lines = [...headers, `Digest nonce="${tail}"`].map((text) =>
          text.replace(/[\r\n]/g, ''),
        )
        login.challenge(lines)
        expect(login.authorize('OPTIONS', '*') ?? '').not.toMatch(/[\r\n]/)
      }),
    )
  })
})
