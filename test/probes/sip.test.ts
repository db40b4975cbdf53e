import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { runCheck } from '../../probes/run-check.ts'
import { sip } from '../../probes/sip.ts'
import { makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import type { Behaviour } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

/** Makes an answer of a request as RFC 3261 section 8.2.6 says, and then spoils it. */
type Answerer = (request: string) => readonly string[]

function answer(request: string, line = 'SIP/2.0 200 OK'): string {
  const copied = request
    .split('\r\n')
    .filter((header) => /^(Via|From|To|Call-ID|CSeq):/.test(header))
    .map((header) => header.replace(/;rport$/, ';rport=5060;received=192.0.2.1'))
  return [line, ...copied, 'Content-Length: 0', '', ''].join('\r\n')
}

const cases: readonly (readonly [string, Answerer, unknown, string, string])[] = [
  ['answers', (text) => [answer(text)], {}, 'pass', 'pass'],
  ['tries first', (text) => [answer(text, 'SIP/2.0 100 Trying'), answer(text)], {}, 'pass', 'pass'],
  [
    'uses short names',
    (text) => [answer(text).replace('Via:', 'v:').replace('Call-ID:', 'i :')],
    {},
    'pass',
    'pass',
  ],
  [
    'is overloaded',
    (text) => [answer(text, 'SIP/2.0 503 Busy')],
    {},
    'fail sip.status',
    'fail sip.status',
  ],
  [
    'wants a login',
    (text) => [answer(text, 'SIP/2.0 401 Who?')],
    { status: [200, 401] },
    'pass',
    'pass',
  ],
  [
    'answers another branch',
    (text) => [answer(text).replace(/z9hG4bK\w/, 'z9hG4bKx')],
    {},
    'fail sip.timeout',
    'fail sip.mismatch',
  ],
  [
    'answers another call',
    (text) => [answer(text).replace('Call-ID: ', 'Call-ID: x')],
    {},
    'fail sip.timeout',
    'fail sip.mismatch',
  ],
  [
    'answers another method',
    (text) => [answer(text).replace('1 OPTIONS', '1 INVITE')],
    {},
    'fail sip.timeout',
    'fail sip.mismatch',
  ],
  ['speaks HTTP', () => ['HTTP/1.1 200 OK\r\n\r\n'], {}, 'fail sip.timeout', 'fail sip.garbage'],
  [
    'only tries',
    (text) => Array.from({ length: 100 }, () => answer(text, 'SIP/2.0 100 Trying')),
    {},
    'fail sip.strays',
    'fail sip.garbage',
  ],
]

describe('sip() with peers that are no SIP server', () => {
  testHostilePeers(sip, { transport: 'tcp' })

  test.each(cases)('with a server that %s', async (_name, answerer, options, udp, tcp) => {
    for (const family of [4, 6] as const) {
      expect(await verdictOverUdp(answerer, options, family)).toBe(udp)
      const overTcp = { ...(options as object), transport: 'tcp' }
      const behaviour = overStream(answerer)
      const seen = await verdictOn(sip, behaviour, { options: overTcp, timeoutMs: 250, family })
      expect(seen).toBe(tcp)
    }
  })

  test('takes only addresses that fit in a request', () => {
    for (const uri of ['probe@shop.test', 'sip:a b', 'sip:a\r\nVia: x', 'sip:a>b']) {
      expect(sip.options.safeParse({ uri }).success).toBe(false)
    }
  })

  test('over UDP, on a closed port', async () => {
    const port = await freePort()
    const target = { address: '127.0.0.1', family: 4, port } as const
    expect(verdict(await probe(sip, target, {}, 800))).toBe('fail connect.refused')
  })
})

const KAMAILIO = '/usr/sbin/kamailio'
const skipped = skipReason('kamailio', KAMAILIO)

describe('sip() over TLS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-sip-tls-'))
  const files = makeCertificates(dir)
  const secure = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  const server = createTlsServer(secure, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (bytes) => socket.end(answer(bytes.toString())))
  })
  const options = { transport: 'tls', ca: files.ca, sni: 'shop.test' }
  let target: Target

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    target = { address: '127.0.0.1', family: 4, port }
  })
  afterAll(() => {
    server.close()
    rmSync(dir, { recursive: true, force: true })
  })

  test('passes when the certificate verifies and the server answers', async () => {
    expect(verdict(await probe(sip, target, options))).toBe('pass')
  })

  test('fails on a certificate of an authority that nobody trusts', async () => {
    const { ca: _, ...trusting } = options
    expect(verdict(await probe(sip, target, trusting))).toMatch(/^fail tls\./)
  })

  test('fails when it meets a server that does not speak TLS', async () => {
    const plain = createServer((socket) => socket.end('SIP/2.0 200 OK\r\n\r\n'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const address = plain.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(verdict(await probe(sip, { ...target, port }, options))).toMatch(/^fail tls\./)
    plain.close()
  })
})

describe.skipIf(skipped !== '')(`sip() against Kamailio${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-sip-'))
  let child: ChildServer
  let target: Target

  beforeAll(async () => {
    const port = await freePort()
    const template = fileURLToPath(new URL('../support/kamailio.cfg', import.meta.url))
    const config = join(dir, 'kamailio.cfg')
    writeFileSync(
      config,
      readFileSync(template, 'utf8').replaceAll(':LISTEN', `:127.0.0.1:${port}`),
    )
    const size = ['-m', '16', '-M', '4']
    child = await startChildServer([KAMAILIO, '-DD', '-E', '-f', config, '-Y', dir, ...size], port)
    target = { address: '127.0.0.1', family: 4, port }
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const uri = 'sip:probe@shop.test'
  describe('over TCP', () => {
    testRealServer(sip, () => ({ target, child, options: { uri, transport: 'tcp' } }))
  })

  test.each(['udp', 'tcp'])('over %s', async (transport) => {
    expect(verdict(await probe(sip, target, { transport, uri }))).toBe('pass')
    expect(verdict(await probe(sip, target, { transport }))).toBe('fail sip.status')
    expect(verdict(await probe(sip, target, { transport, status: [404] }))).toBe('pass')
  })

  test('over UDP, ends in time while the server hangs', async () => {
    const { pid = 0 } = child.child
    process.kill(-pid, 'SIGSTOP')
    const hung = await probe(sip, target, { uri }, 400)
    process.kill(-pid, 'SIGCONT')
    expect(verdict(hung)).toBe('fail sip.timeout')
    expect(verdict(await probe(sip, target, { uri }))).toBe('pass')
  })

  test('shows request and answer', async () => {
    const transcript = new TranscriptRecorder()
    await runCheck(sip, target, sip.options.parse({ uri }), { timeoutMs: 2000, transcript })
    expect(transcript.lines.join('')).toMatch(
      /> OPTIONS sip:probe@shop\.test .*< SIP\/2\.0 200 OK/s,
    )
  })
})

async function verdictOverUdp(answerer: Answerer, options: unknown, family: 4 | 6) {
  const peer = createSocket(family === 4 ? 'udp4' : 'udp6')
  peer.on('message', (request, from) => {
    for (const text of answerer(request.toString())) peer.send(text, from.port, from.address)
  })
  const address = family === 4 ? '127.0.0.1' : '::1'
  await new Promise<void>((resolve) => peer.bind(0, address, resolve))
  const { port } = peer.address()
  const seen = verdict(await probe(sip, { address, family, port }, options, 250))
  await new Promise<void>((resolve) => peer.close(() => resolve()))
  return seen
}

function overStream(answerer: Answerer): Behaviour {
  return (socket) => {
    socket.on('data', (request) => socket.write(answerer(request.toString()).join('')))
  }
}
