import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Outcome, Target } from '../../probes/check.ts'
import { grpc, grpcs } from '../../probes/grpc.ts'
import { healthRequest, readHealth } from '../../probes/grpc-health.ts'
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

const PYTHON = '/usr/bin/python3'
const skipped = skipReason(
  'python3-grpcio and openssl',
  PYTHON,
  '/usr/lib/python3/dist-packages/grpc',
  '/usr/bin/openssl',
)

describe.skipIf(skipped !== '')(`grpc() and grpcs() against gRPC for Python${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-grpc-'))
  let [plain, secure, bare] = [0, 0, 0]
  let certificates: Certificates
  let server: ChildServer

  beforeAll(async () => {
    certificates = makeCertificates(dir)
    plain = await freePort()
    secure = await freePort()
    bare = await freePort()
    const script = fileURLToPath(new URL('../support/grpc-server.py', import.meta.url))
    const { cert, key } = certificates
    const argv = [PYTHON, script, ...[plain, secure, bare].map(String), cert, key]
    server = await startChildServer(argv, plain)
  })
  afterAll(async () => {
    server?.child.kill('SIGCONT')
    await server?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const at = (port: number): Target => ({ address: '127.0.0.1', family: 4, port })
  const ask = (options: object, port = plain): Promise<Outcome> => probe(grpc, at(port), options)

  test('passes a server and a service that serve', async () => {
    expect(await ask({})).toEqual({ outcome: 'pass', detail: 'SERVING' })
    expect(verdict(await ask({ service: 'shop.v1.Cart', host: 'cart.shop.test' }))).toBe('pass')
  })

  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['Stock', 'fail grpc.not-serving', /^want SERVING, got NOT_SERVING$/],
    ['Odd', 'fail grpc.unknown', /got UNKNOWN$/],
    ['New', 'fail grpc.service-unknown', /got SERVICE_UNKNOWN$/],
    ['Missing', 'fail grpc.service-unknown', /got grpc-status 5: unknown service$/],
    ['Broken', 'fail grpc.status', /got grpc-status 14: the database is gone$/],
    ['Long', 'fail grpc.too-big', /want at most 4096 bytes/],
  ]
  test.each(cases)('fails the service shop.v1.%s', async (name, wanted, detail) => {
    const outcome = await ask({ service: `shop.v1.${name}` })
    expect(verdict(outcome)).toBe(wanted)
    expect(outcome.detail).toMatch(detail)
  })

  test('fails a server without health checking', async () => {
    expect(verdict(await ask({}, bare))).toBe('fail grpc.unimplemented')
  })

  test('passes over TLS that verifies, and over no other', async () => {
    const { ca } = certificates
    const run = async (options: object, port = secure): Promise<string> =>
      verdict(await probe(grpcs, at(port), options))
    expect(await run({ ca, host: 'shop.test', service: 'shop.v1.Cart' })).toBe('pass')
    expect(await run({ ca, host: 'other.test' })).toBe('fail tls.name')
    expect(await run({})).toBe('fail tls.untrusted')
    expect(await run({ ca }, plain)).toMatch(/^fail tls\./)
    expect(verdict(await ask({}, secure))).toMatch(/^fail grpc\.(http2|closed|reset)$/)
  })

  test('shows question and answer as a person would say them', async () => {
    const transcript = new TranscriptRecorder()
    const options = grpc.options.parse({ service: 'shop.v1.Cart' })
    await runCheck(grpc, at(plain), options, { timeoutMs: 1000, transcript })
    expect(transcript.lines).toEqual([
      `> POST /grpc.health.v1.Health/Check { service: "shop.v1.Cart" } to 127.0.0.1:${plain}`,
      '< HTTP 200, grpc-status 0, SERVING',
    ])
  })

  test('fails when the server hangs, and when it is gone', async () => {
    server.child.kill('SIGSTOP')
    expect(verdict(await probe(grpc, at(plain), {}, 300))).toBe('fail grpc.timeout')
    server.child.kill('SIGCONT')
    await server.stop()
    expect(verdict(await ask({}))).toBe('fail connect.refused')
  })
})

/** The verdict on an HTTP/2 server of this process that treats each call so. */
async function verdictOnHttp2(treat: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = createServer().on('stream', (stream) => {
    stream.on('error', () => {})
    treat(stream)
  })
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  server.on('sessionError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '::1', () => resolve()))
  const bound = server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  const outcome = await probe(grpc, { address: '::1', family: 6, port }, {}, 400)
  for (const session of sessions) session.destroy()
  await new Promise((resolve) => server.close(resolve))
  return verdict(outcome)
}

/** Answers with these bytes and status, as a gRPC server does. */
function answersGrpc(message: string, status = '0', type = 'application/grpc') {
  return (stream: ServerHttp2Stream): void => {
    stream.respond({ ':status': 200, 'content-type': type }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
    stream.end(Buffer.from(message, 'hex'))
  }
}

describe('grpc() against a server that', () => {
  const cases: readonly (readonly [string, (stream: ServerHttp2Stream) => void, string])[] = [
    ['serves', answersGrpc('00000000020801'), 'pass'],
    ['says more than it is asked', answersGrpc('000000000608011202aa55'), 'pass'],
    ['sends half a message', answersGrpc('000000000208'), 'fail grpc.garbage'],
    ['sends no message', answersGrpc(''), 'fail grpc.garbage'],
    ['compresses', answersGrpc('01000000020801'), 'fail grpc.garbage'],
    ['speaks HTML', answersGrpc('00000000020801', '0', 'text/html'), 'fail grpc.garbage'],
    ['gives a status that is none', answersGrpc('00000000020801', 'x'), 'fail grpc.status'],
    ['gives a number nobody knows', answersGrpc('00000000020809'), 'fail grpc.unknown'],
    [
      'answers with a status of HTTP',
      (stream) => {
        stream.respond({ ':status': 502 })
        stream.end('bad gateway')
      },
      'fail grpc.http-status',
    ],
    ['resets the stream', (stream) => stream.close(2), 'fail grpc.http2'],
    ['hangs in the call', () => {}, 'fail grpc.timeout'],
    [
      'sends without end',
      (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
        const pour = (): void => {
          while (!stream.destroyed && stream.write(Buffer.alloc(16_384)));
        }
        stream.on('drain', pour)
        pour()
      },
      'fail grpc.too-big',
    ],
  ]
  test.each(cases)('%s', async (_name, treat, wanted) => {
    expect(await verdictOnHttp2(treat)).toBe(wanted)
  })

  const sick: readonly (readonly [string, hostile.Behaviour, RegExp])[] = [
    ['hangs', hostile.hangs, /^fail grpc\.timeout$/],
    ['closes at once', hostile.closesAtOnce, /^fail grpc\.(closed|reset|http2)$/],
    ['resets', hostile.answersThenResets(), /^fail grpc\.(reset|closed)$/],
    ['sends garbage', hostile.garbage, /^fail grpc\.http2$/],
    ['sends a line without end', hostile.endlessLine('HTTP/1.1 400 '), /^fail grpc\.http2$/],
    ['speaks HTTP/1.1', hostile.saysThenCloses('HTTP/1.1 400 No\r\n\r\n'), /^fail grpc\.http2$/],
    ['drips', hostile.drips('\x00\x00\x00\x04\x00\x00\x00\x00\x00'), /^fail grpc\.timeout$/],
  ]
  test.each(sick)('%s before HTTP/2', async (_name, behaviour, wanted) => {
    expect(await verdictOn(grpc, behaviour)).toMatch(wanted)
  })
})

describe('the messages of health checking', () => {
  test('carry the name of the service', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300 }), (name) => {
        const request = healthRequest(name)
        expect(request.readUInt32BE(1)).toBe(request.length - 5)
        expect(request.toString('utf8', request.length - Buffer.byteLength(name))).toBe(name)
      }),
    )
    expect(healthRequest('').toString('hex')).toBe('0000000000')
    expect(healthRequest('ab').toString('hex')).toBe('00000000040a026162')
  })

  test('of any bytes are read or are none, without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const message = Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length]), bytes])
        expect(['string', 'number', 'undefined']).toContain(typeof readHealth(message))
        expect(readHealth(Buffer.from(bytes.map((byte) => byte | 1)))).toBe(undefined)
      }),
    )
  })
})
