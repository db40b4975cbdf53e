import { describe, expect, test } from 'vitest'
import { outcomeOf, timedOut } from '../../../probes/network-error.ts'

const target = { address: '2001:db8::1', family: 6, port: 443 } as const

function errorWith(code: string, message = code): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, syscall: 'connect' })
}

describe('outcomeOf()', () => {
  const failures: readonly (readonly [string, string, string, string])[] = [
    ['ECONNREFUSED', 'connect', 'connect', 'connect.refused'],
    ['ECONNRESET', 'connect', 'connect', 'connect.reset'],
    ['ECONNRESET', 'http', 'protocol', 'http.reset'],
    ['EPIPE', 'smtp', 'protocol', 'smtp.reset'],
    ['ETIMEDOUT', 'connect', 'connect', 'connect.timeout'],
    ['EHOSTUNREACH', 'connect', 'network', 'connect.unreachable'],
    ['EPROTO', 'tls', 'tls', 'tls.handshake'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'tls', 'tls.handshake'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'tls', 'tls.name'],
    ['CERT_HAS_EXPIRED', 'tls', 'tls', 'tls.expired'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'tls', 'tls.untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'tls', 'tls.untrusted'],
  ]
  test.each(failures)('blames the server for %s in phase %s', (code, phase, layer, wanted) => {
    const outcome = outcomeOf(errorWith(code), phase, target)
    expect(outcome).toMatchObject({ outcome: 'fail', layer, code: wanted })
    expect(outcome.detail).toContain('[2001:db8::1]:443')
  })

  const ours: readonly (readonly [string, string])[] = [
    ['EMFILE', 'local.descriptors'],
    ['ENFILE', 'local.descriptors'],
    ['ENOBUFS', 'local.memory'],
    ['EADDRNOTAVAIL', 'local.address'],
    ['EAFNOSUPPORT', 'local.family'],
    ['EACCES', 'local.permission'],
    ['EPERM', 'local.permission'],
    ['ENETUNREACH', 'local.route'],
    ['ESOMETHINGNEW', 'local.error'],
  ]
  test.each(ours)('never counts %s against the server', (code, wanted) => {
    const outcome = outcomeOf(errorWith(code), 'connect', target)
    expect(outcome).toMatchObject({ outcome: 'inconclusive', code: wanted })
  })

  test('says in which phase time ran out', () => {
    expect(timedOut('tls', target, 'TLS handshake')).toMatchObject({
      layer: 'tls',
      code: 'tls.timeout',
      detail: '[2001:db8::1]:443: no TLS handshake in time',
    })
    expect(timedOut('smtp', target, '220')).toMatchObject({ layer: 'protocol' })
  })
})
