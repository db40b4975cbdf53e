import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { runCheck } from '../../probes/run-check.ts'
import { tls } from '../../probes/tls.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'

const NGINX = '/usr/sbin/nginx'
const skipped = skipReason('nginx-light and openssl', NGINX, '/usr/bin/openssl')

describe.skipIf(skipped !== '')(`tls() against nginx${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-tls-'))
  const ports = { modern: 0, old: 0, expired: 0, private: 0, plain: 0 }
  let certificates: Certificates
  let nginx: ChildServer
  /** The test certificate lives for two days. */
  let trusting: { readonly ca: string; readonly warnDays: number }

  beforeAll(async () => {
    certificates = makeCertificates(dir)
    trusting = { ca: certificates.ca, warnDays: 0 }
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
    writeFileSync(join(dir, 'nginx.conf'), configuration(dir, certificates, ports))
    const argv = [NGINX, '-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')]
    nginx = await startChildServer(argv, ports.plain)
  })
  afterAll(async () => {
    nginx?.child.kill('SIGCONT')
    await nginx?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const at = (port: number, family: 4 | 6 = 4): Target => ({
    address: family === 4 ? '127.0.0.1' : '::1',
    family,
    port,
  })

  test.each([4, 6] as const)('passes a chain and a name that verify, IPv%i', async (family) => {
    const outcome = await probe(tls, at(ports.modern, family), { ...trusting, sni: 'shop.test' })
    expect(verdict(outcome)).toBe('pass')
    expect(outcome.detail).toMatch(/^TLSv1\.3, certificate shop\.test ends in 1 days, .* GMT$/)
  })

  test('warns of an end that is near, and keeps the weight', async () => {
    const outcome = await probe(tls, at(ports.modern), { ca: certificates.ca, warnDays: 14 })
    expect(outcome).toMatchObject({ outcome: 'degraded', factor: 1, code: 'tls.expiring' })
    expect(outcome.detail).toMatch(/shop\.test ends in 1 days/)
  })

  test('looks at the authority, too', async () => {
    const outcome = await probe(tls, at(ports.modern), { ca: certificates.ca, warnDays: 2 })
    expect(verdict(outcome)).toBe('degraded tls.expiring')
  })

  test('fails an end that is nearer', async () => {
    const outcome = await probe(tls, at(ports.modern), { ...trusting, failDays: 3 })
    expect(verdict(outcome)).toBe('fail tls.expires')
  })

  test('fails an expired one, however little it is asked to verify', async () => {
    expect(verdict(await probe(tls, at(ports.expired), trusting))).toBe('fail tls.expired')
    const insecure = { ...trusting, insecure: true }
    expect(verdict(await probe(tls, at(ports.expired), insecure))).toBe('fail tls.expires')
  })

  test('fails another name and an unknown authority', async () => {
    const named = { ...trusting, sni: 'other.test' }
    expect(verdict(await probe(tls, at(ports.modern), named))).toBe('fail tls.name')
    expect(verdict(await probe(tls, at(ports.modern)))).toBe('fail tls.untrusted')
  })

  test('asks for a protocol', async () => {
    const both = { ...trusting, alpn: ['h2', 'http/1.1'] }
    expect(verdict(await probe(tls, at(ports.modern), both))).toBe('pass')
    const refused = await probe(tls, at(ports.modern), { ...trusting, alpn: ['xmpp-client'] })
    expect(verdict(refused)).toMatch(/^fail tls\.(handshake|alpn)$/)
  })

  test('asks for a version', async () => {
    expect(verdict(await probe(tls, at(ports.old), trusting))).toBe('pass')
    const outcome = await probe(tls, at(ports.old), { ...trusting, minVersion: 'TLSv1.3' })
    expect(verdict(outcome)).toBe('fail tls.version')
    expect(outcome.detail).toBe('want TLSv1.3 at least, got TLSv1.2')
  })

  test('shows a certificate of its own, and says when it cannot', async () => {
    const { cert, key } = certificates
    const mine = { ...trusting, cert, key }
    expect(verdict(await probe(tls, at(ports.private), mine))).toBe('pass')
    const missing = await probe(tls, at(ports.private), { ...mine, key: '/nowhere/key.pem' })
    expect(verdict(missing)).toBe('inconclusive local.certificate')
    const noAuthority = await probe(tls, at(ports.private), { ca: '/nowhere/ca.pem' })
    expect(verdict(noAuthority)).toBe('inconclusive local.ca')
  })

  test('fails a port without TLS', async () => {
    expect(verdict(await probe(tls, at(ports.plain), trusting))).toBe('fail tls.handshake')
  })

  test('shows the chain in its transcript', async () => {
    const transcript = new TranscriptRecorder()
    const options = tls.options.parse(trusting)
    await runCheck(tls, at(ports.modern), options, { timeoutMs: 1000, transcript })
    expect(transcript.lines.join('\n')).toMatch(
      /^\* TLSv1\.3, TLS_\w+, ALPN none\n\* certificate shop\.test, .*\n\* certificate Test CA, /,
    )
  })

  test('fails when nginx hangs, and when it is gone', async () => {
    nginx.child.kill('SIGSTOP')
    expect(verdict(await probe(tls, at(ports.modern), trusting, 300))).toBe('fail tls.timeout')
    nginx.child.kill('SIGCONT')
    await nginx.stop()
    expect(verdict(await probe(tls, at(ports.modern), trusting))).toBe('fail connect.refused')
  })
})

describe('tls() against a sick server', () => {
  const cases: readonly (readonly [string, hostile.Behaviour, string])[] = [
    ['hangs', hostile.hangs, 'fail tls.timeout'],
    ['closes at once', hostile.closesAtOnce, 'fail tls.closed'],
    ['resets at the handshake', hostile.answersThenResets(), 'fail tls.reset'],
    ['sends garbage', hostile.garbage, 'fail tls.handshake'],
    ['pours bytes without end', hostile.endlessLine(), 'fail tls.handshake'],
    ['drips bytes', hostile.drips('\x16\x03\x03\x40\x00'), 'fail tls.timeout'],
  ]
  test.each(cases)('that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(tls, behaviour)).toBe(wanted)
  })

  test('that resets at once', async () => {
    expect(await verdictOn(tls, hostile.resetsAtOnce)).toMatch(/^fail (connect|tls)\.reset$/)
  })

  test.each([
    [{ cert: '/a.pem' }, /cert and key together/],
    [{ key: '/a.pem' }, /cert and key together/],
    [{ cert: 'a.pem', key: '/a.key' }, /absolute path/],
    [{ minVersion: 'SSLv3' }, /TLSv1\.2/],
    [{ warnDays: -1 }, /warnDays/],
  ])('has no use for the options %o', (options, message) => {
    expect(tls.options.safeParse(options).error?.message).toMatch(message)
  })
})

function configuration(
  dir: string,
  { cert, key, expired, ca }: Certificates,
  ports: Readonly<Record<string, number>>,
): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join(' ')
  const server = (port: number | undefined, pem: string, more: string): string =>
    `server { listen 127.0.0.1:${port} ssl http2; listen [::1]:${port} ssl http2;
    ssl_certificate ${pem}; ssl_certificate_key ${key}; ${more} return 200; }\n`
  return `daemon off; master_process off; pid ${dir}/pid;
events { }
http {
  access_log off; ${temp}
  ssl_protocols TLSv1.2 TLSv1.3;
  ${server(ports['modern'], cert, '')}
  ${server(ports['old'], cert, 'ssl_protocols TLSv1.2;')}
  ${server(ports['expired'], expired, '')}
  ${server(ports['private'], cert, `ssl_verify_client on; ssl_client_certificate ${ca};`)}
  server { listen 127.0.0.1:${ports['plain']}; return 200; }
}
`
}
