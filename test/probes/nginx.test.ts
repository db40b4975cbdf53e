import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { http, https } from '../../probes/http.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, verdict, verdictOn } from '../support/probe-run.ts'

const NGINX = '/usr/sbin/nginx'
const skipped = skipReason('nginx-light and openssl', NGINX, '/usr/bin/openssl')

describe.skipIf(skipped !== '')(`http() and https() against nginx${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-nginx-'))
  let nginx: ChildServer | undefined
  let certificates: Certificates
  let [plain, secure, expired] = [0, 0, 0]

  beforeAll(async () => {
    certificates = makeCertificates(dir)
    plain = await freePort()
    secure = await freePort()
    expired = await freePort()
    writeFileSync(
      join(dir, 'nginx.conf'),
      configuration(dir, certificates, [plain, secure, expired]),
    )
    const argv = [NGINX, '-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')]
    nginx = await startChildServer(argv, expired)
  })
  afterAll(async () => {
    await nginx?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const at = (port: number, family: 4 | 6 = 4): Target => ({
    address: family === 4 ? '127.0.0.1' : '::1',
    family,
    port,
  })

  test.each([4, 6] as const)('passes over plain HTTP, IPv%i', async (family) => {
    const target = at(plain, family)
    expect(verdict(await probe(http, target, { expect: { body: '^ok$' } }))).toBe('pass')
    expect(verdict(await probe(http, target, { path: '/gone' }))).toBe('fail http.status')
    const chunked = { path: '/chunked', expect: { body: 'worker_connections' } }
    expect(verdict(await probe(http, target, chunked))).toBe('pass')
  })

  test.each([4, 6] as const)('verifies the certificate by address, IPv%i', async (family) => {
    const options = { ca: certificates.ca, expect: { body: '^ok .*none' } }
    expect(verdict(await probe(https, at(secure, family), options))).toBe('pass')
  })

  test('sends the host as SNI and verifies it', async () => {
    const { ca } = certificates
    const named = { ca, host: 'shop.test:8443', expect: { body: 'sni=shop.test host=shop.test' } }
    expect(verdict(await probe(https, at(secure), named))).toBe('pass')
    const both = { ca, host: 'other.test', sni: 'shop.test', expect: { body: 'host=other.test' } }
    expect(verdict(await probe(https, at(secure), both))).toBe('pass')
    const wrong = { ca, host: 'other.test' }
    const outcome = await probe(https, at(secure), wrong)
    expect(outcome).toMatchObject({ outcome: 'fail', layer: 'tls', code: 'tls.name' })
    expect(verdict(await probe(https, at(secure), { ...wrong, insecure: true }))).toBe('pass')
  })

  test('fails on an unknown authority unless told to be insecure', async () => {
    expect(verdict(await probe(https, at(secure)))).toBe('fail tls.untrusted')
    expect(verdict(await probe(https, at(secure), { insecure: true }))).toBe('pass')
  })

  test('fails on an expired certificate', async () => {
    const options = { ca: certificates.ca, host: 'shop.test' }
    expect(verdict(await probe(https, at(expired), options))).toBe('fail tls.expired')
  })

  test('fails when one side speaks TLS and the other does not', async () => {
    expect(verdict(await probe(https, at(plain), {}))).toBe('fail tls.handshake')
    const outcome = await probe(http, at(secure), { expect: { status: 200 } })
    expect(verdict(outcome)).toBe('fail http.status')
  })
})

describe('https() against a sick server', () => {
  const cases: readonly (readonly [string, hostile.Behaviour, string])[] = [
    ['hangs', hostile.hangs, 'fail tls.timeout'],
    ['closes at once', hostile.closesAtOnce, 'fail tls.closed'],
    ['resets at the handshake', hostile.answersThenResets(), 'fail tls.reset'],
    ['sends garbage', hostile.garbage, 'fail tls.handshake'],
    ['pours bytes without end', hostile.endlessLine(), 'fail tls.handshake'],
    ['drips bytes', hostile.drips('\x16\x03\x03\x40\x00'), 'fail tls.timeout'],
  ]
  test.each(cases)('that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(https, behaviour)).toBe(wanted)
  })
})

function configuration(dir: string, { cert, key, expired }: Certificates, ports: number[]): string {
  const [plainPort, securePort, expiredPort] = ports
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join(' ')
  const listen = (port: number | undefined, more = ''): string =>
    `listen 127.0.0.1:${port} ${more}; listen [::1]:${port} ${more};`
  const named = 'if ($ssl_server_name = "") { return 200 "ok sni=none\\n"; }'
  const names = 'return 200 "ok sni=$ssl_server_name host=$http_host\\n";'
  return `daemon off; user root; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 64; }
http { access_log off; ${temp}
server { ${listen(plainPort)} location = / { return 200 "ok\\n"; } location = /gone { return 410; }
  location = /chunked { ssi on; ssi_types *; default_type text/html; alias ${dir}/nginx.conf; } }
server { ${listen(securePort, 'ssl')} ssl_certificate ${cert}; ssl_certificate_key ${key};
  location / { ${named} ${names} } }
server { ${listen(expiredPort, 'ssl')} ssl_certificate ${expired}; ssl_certificate_key ${key}; }
}
`
}
