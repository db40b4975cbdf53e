import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { httpProxy } from '../../probes/http-proxy.ts'
import { runCheck } from '../../probes/run-check.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { type Squid, squidSkipped, startSquid } from '../support/squid.ts'

const { answersThenResets, saysThenCloses, saysThenHangs } = hostile
const NGINX = '/usr/sbin/nginx'
const skipped = squidSkipped || skipReason('nginx-light and openssl', NGINX, '/usr/bin/openssl')

describe.skipIf(skipped !== '')(`httpProxy() against Squid${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-proxy-'))
  let [plain, secure] = [0, 0]
  let certificates: Certificates
  let nginx: ChildServer
  let open: Squid
  let closed: Squid

  beforeAll(async () => {
    certificates = makeCertificates(dir)
    plain = await freePort()
    secure = await freePort()
    writeFileSync(join(dir, 'nginx.conf'), configuration(dir, certificates, plain, secure))
    const argv = [NGINX, '-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')]
    nginx = await startChildServer(argv, plain)
    open = await startSquid()
    closed = await startSquid({ user: 'warden', password: 'open sesame' })
  })
  afterAll(async () => {
    await Promise.all([nginx?.stop(), open?.stop(), closed?.stop()])
    rmSync(dir, { recursive: true, force: true })
  })

  const at = (squid: Squid): Target => ({ address: '127.0.0.1', family: 4, port: squid.httpPort })
  const http = (path = '/'): string => `http://127.0.0.1:${plain}${path}`
  const https = (path = '/'): string => `https://127.0.0.1:${secure}${path}`

  test('passes a page that it fetches', async () => {
    const options = { url: http('/page?x=1'), expect: { body: '^plain /page\\?x=1$' } }
    expect(await probe(httpProxy, at(open), options)).toMatchObject({ outcome: 'pass' })
  })

  test('passes a page behind a tunnel, verifying the far end', async () => {
    const options = { url: https('/'), ca: certificates.ca, expect: { body: '^secure /$' } }
    expect(verdict(await probe(httpProxy, at(open), options))).toBe('pass')
    expect(verdict(await probe(httpProxy, at(open), { url: https() }))).toBe('fail tls.untrusted')
    const other = { ...options, sni: 'other.test' }
    expect(verdict(await probe(httpProxy, at(open), other))).toBe('fail tls.name')
  })

  test('passes a tunnel alone', async () => {
    const outcome = await probe(httpProxy, at(open), { connect: `127.0.0.1:${secure}` })
    expect(outcome).toEqual({ outcome: 'pass', detail: `tunnel to 127.0.0.1:${secure}` })
  })

  test('fails another page and another status', async () => {
    const body = { url: http(), expect: { body: 'something else' } }
    expect(verdict(await probe(httpProxy, at(open), body))).toBe('fail http-proxy.body')
    const status = { url: https(), ca: certificates.ca, expect: { status: 404 } }
    expect(verdict(await probe(httpProxy, at(open), status))).toBe('fail http-proxy.status')
  })

  test('fails what the proxy cannot or will not reach', async () => {
    const { port } = await hostile.closedPort()
    const nobody = await probe(httpProxy, at(open), { url: `http://127.0.0.1:${port}/` })
    expect(verdict(nobody)).toBe('fail http-proxy.status')
    expect(nobody.detail).toMatch(/got HTTP 503/)
    const denied = await probe(httpProxy, at(open), { connect: '127.0.0.1:9' })
    expect(verdict(denied)).toBe('fail http-proxy.tunnel')
    expect(denied.detail).toMatch(/want a tunnel to 127\.0\.0\.1:9, got HTTP 403/)
  })

  test('needs credentials where the proxy wants them', async () => {
    const login = { user: 'warden', password: 'open sesame' }
    const wanted = { ca: certificates.ca, ...login }
    expect(verdict(await probe(httpProxy, at(closed), { url: http(), ...login }))).toBe('pass')
    expect(verdict(await probe(httpProxy, at(closed), { url: https(), ...wanted }))).toBe('pass')
    for (const wrong of [{}, { user: 'warden', password: 'x' }]) {
      for (const what of [{ url: http() }, { url: https() }, { connect: '127.0.0.1:1' }]) {
        const outcome = await probe(httpProxy, at(closed), { ...what, ...wrong })
        expect(verdict(outcome)).toBe('fail http-proxy.auth')
      }
    }
  })

  test('shows what is said, without the password, and tells it to the proxy alone', async () => {
    const transcript = new TranscriptRecorder()
    const options = httpProxy.options.parse({
      url: https('/headers'),
      ca: certificates.ca,
      user: 'warden',
      password: 'open sesame',
      expect: { body: 'login=,' },
    })
    const run = await runCheck(httpProxy, at(closed), options, { timeoutMs: 2000, transcript })
    expect(verdict(run.outcome)).toBe('pass')
    const text = transcript.lines.join('\n')
    expect(text).toMatch(/> CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1/)
    expect(text).toMatch(/Proxy-Authorization: \*\*\*/)
    expect(text).not.toContain(Buffer.from('warden:open sesame').toString('base64'))
  })

  test('fails when Squid hangs, and when it is gone', async () => {
    open.pause()
    const options = { url: http() }
    expect(verdict(await probe(httpProxy, at(open), options, 300))).toBe('fail http-proxy.timeout')
    await open.stop()
    expect(verdict(await probe(httpProxy, at(open), options))).toBe('fail connect.refused')
  })
})

const HEAD = 'HTTP/1.1 200 Connection established\r\n\r\n'
type Case = readonly [string, hostile.Behaviour, string]

describe('httpProxy() of a page with a sick proxy', () => {
  const cases: readonly Case[] = [
    ['hangs', hostile.hangs, 'fail http-proxy.timeout'],
    ['closes at once', hostile.closesAtOnce, 'fail http-proxy.closed'],
    ['resets after the request', answersThenResets(), 'fail http-proxy.reset'],
    ['sends garbage', hostile.garbage, 'fail http-proxy.garbage'],
    ['sends a line without end', hostile.endlessLine('HTTP/1.1'), 'fail http-proxy.head-too-big'],
    ['drips', hostile.drips('HTTP/1.1 200 OK\r\n'), 'fail http-proxy.timeout'],
    ['speaks TLS', saysThenHangs('\x15\x03\x01\x00\x02\x02\x46'), 'fail http-proxy.garbage'],
  ]
  const options = { url: 'http://shop.test/' }
  test.each(cases)('that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(httpProxy, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })

  test('over IPv6', async () => {
    const run = { options, family: 6 } as const
    expect(await verdictOn(httpProxy, saysThenCloses('HTTP/1.1 204 \r\n\r\n'), run)).toBe('pass')
  })
})

describe('httpProxy() through a tunnel with a sick proxy', () => {
  const cases: readonly Case[] = [
    ['hangs', hostile.hangs, 'fail http-proxy.timeout'],
    ['closes at once', hostile.closesAtOnce, 'fail http-proxy.closed'],
    ['resets after the request', answersThenResets(), 'fail http-proxy.reset'],
    ['sends garbage', hostile.garbage, 'fail http-proxy.garbage'],
    ['hangs behind the tunnel', answersThenResets(HEAD, ''), 'fail tls.timeout'],
    ['resets behind the tunnel', answersThenResets(HEAD), 'fail tls.reset'],
    ['closes behind the tunnel', saysThenCloses(HEAD), 'fail tls.closed'],
    ['sends garbage behind it', answersThenResets(HEAD, 'no TLS at all'), 'fail tls.handshake'],
    ['wants credentials', saysThenHangs('HTTP/1.1 407 No\r\n\r\n'), 'fail http-proxy.auth'],
  ]
  const options = { url: 'https://shop.test/' }
  test.each(cases)('that %s', async (_name, behaviour, wanted) => {
    expect(await verdictOn(httpProxy, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })
})

test.each([
  [{}, /either url or connect/],
  [{ url: 'http://a/', connect: 'a:1' }, /either url or connect/],
  [{ url: 'ftp://a/' }, /http:\/\//],
  [{ connect: 'a' }, /host and a port/],
  [{ connect: 'a:99999' }, /65535/],
  [{ url: 'http://a/', user: 'x' }, /together/],
])('httpProxy() has no use for the options %o', (options, message) => {
  expect(httpProxy.options.safeParse(options).error?.message).toMatch(message)
})

function configuration(
  dir: string,
  { cert, key }: Certificates,
  plain: number,
  secure: number,
): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join(' ')
  return `daemon off; worker_processes 1; pid ${dir}/pid;
events { }
http {
  access_log off; ${temp}
  server { listen 127.0.0.1:${plain}; return 200 "plain $request_uri\\n"; }
  server {
    listen 127.0.0.1:${secure} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
    location = /headers { return 200 "login=$http_proxy_authorization,\\n"; }
    location / { return 200 "secure $request_uri\\n"; }
  }
}
`
}
