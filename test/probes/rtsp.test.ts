import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { rtsp, rtsps } from '../../probes/rtsp.ts'
import { runCheck } from '../../probes/run-check.ts'
import { makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import { answersThenResets } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const EVE = { user: 'eve', password: 'sesame' }
const SDP = 'v=0\r\ns=Live\r\nm=audio 0 RTP/AVP 8\r\na=control:track1\r\n'

/** A response with our number, more headers and a body. */
function response(cseq: number, status: string, headers = '', body = ''): string {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return `RTSP/1.0 ${status}\r\nCSeq: ${cseq}\r\n${headers}${length}\r\n${body}`
}

const OK = response(1, '200 OK', 'Public: OPTIONS\r\n')
const DESCRIBED = response(2, '200 OK', '', SDP)
const SET_UP = response(3, '200 OK', 'Session: abc;timeout=60\r\n')

describe('rtsp() with peers that are no RTSP server', () => {
  testHostilePeers(rtsp, { setup: true })
  testHostilePeers(rtsps, {}, 'tls')

  test.each([
    ['describes its stream', [OK, DESCRIBED], { describe: true }, 'pass'],
    ['has the stream', [OK, DESCRIBED], { sdp: '^m=audio ' }, 'pass'],
    ['has another stream', [OK, DESCRIBED], { sdp: '^m=video ' }, 'fail rtsp.sdp'],
    ['has no stream', [OK, response(2, '404 No')], { describe: true }, 'fail rtsp.describe'],
    ['describes nothing', [OK, response(2, '200 OK')], { describe: true }, 'fail rtsp.sdp'],
    [
      'describes in HTML',
      [OK, response(2, '200 OK', '', '<html>')],
      { describe: true },
      'fail rtsp.sdp',
    ],
    ['repeats its answer', [OK, OK], { describe: true }, 'fail rtsp.cseq'],
    ['sets up', [OK, DESCRIBED, SET_UP, response(4, '200 OK')], { setup: true }, 'pass'],
    ['has no room', [OK, DESCRIBED, response(3, '453 No')], { setup: true }, 'fail rtsp.setup'],
    ['has no session', [OK, DESCRIBED, response(3, '200 OK')], { setup: true }, 'fail rtsp.setup'],
    [
      'takes nothing down',
      [OK, DESCRIBED, SET_UP, response(4, '500 No')],
      { setup: true },
      'fail rtsp.teardown',
    ],
    ['wants a login', [response(1, '401 No', 'WWW-Authenticate: Basic\r\n')], {}, 'fail rtsp.auth'],
    ['wants a strange login', [response(1, '401 No')], EVE, 'fail rtsp.auth'],
    [
      'never lets in',
      [1, 2].map((cseq) => response(cseq, '401 No', 'WWW-Authenticate: Basic\r\n')),
      EVE,
      'fail rtsp.auth',
    ],
    [
      'announces too much',
      [OK, response(2, '200 OK', 'Content-Length: 99999999\r\n')],
      { describe: true },
      'fail rtsp.too-big',
    ],
    [
      'announces nonsense',
      [OK, response(2, '200 OK', 'Content-Length: -5\r\n')],
      { describe: true },
      'fail rtsp.sdp',
    ],
    [
      'stops in its description',
      [OK, response(2, '200 OK', 'Content-Length: 50\r\n')],
      { describe: true },
      'fail rtsp.timeout',
    ],
  ] as const)('with a server that %s', async (_name, answers, options, wanted) => {
    const behaviour = answersThenResets(...answers)
    expect(await verdictOn(rtsp, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })
})

const PYTHON = '/usr/bin/python3'
const skipped = skipReason(
  'python3-gi, gir1.2-gst-rtsp-server-1.0 and glib-networking',
  PYTHON,
  '/usr/lib/python3/dist-packages/gi',
  '/usr/share/doc/gir1.2-gst-rtsp-server-1.0',
  '/usr/share/doc/glib-networking',
)

describe.skipIf(skipped !== '')(`rtsp() against GStreamer${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-rtsp-'))
  const certificates = makeCertificates(dir)
  const started: { child: ChildServer; target: Target }[] = []
  const FORMS = [[], ['basic'], ['digest'], ['digest', certificates.cert, certificates.key]]
  const [OPEN, BASIC, DIGEST, TLS] = [0, 1, 2, 3] as const
  const audio = { path: '/audio', setup: true, sdp: '^m=audio .* RTP/AVP 8' }
  const trust = { ca: certificates.ca, sni: 'shop.test' }

  function server(which: number, options: unknown = {}) {
    const one = started[which]
    if (one === undefined) throw new Error(`server ${which} did not start`)
    return { ...one, options }
  }

  beforeAll(async () => {
    const script = fileURLToPath(new URL('../support/rtsp-server.py', import.meta.url))
    for (const form of FORMS) {
      const port = await freePort()
      const child = await startChildServer([PYTHON, script, String(port), ...form], port)
      started.push({ child, target: { address: '127.0.0.1', family: 4, port } })
    }
  })
  afterAll(async () => {
    await Promise.all(started.map(({ child }) => child.stop()))
    rmSync(dir, { recursive: true, force: true })
  })

  describe('with a digest', () => {
    testRealServer(rtsp, () => server(DIGEST, { ...audio, ...EVE }))
  })
  describe('over TLS', () => {
    testRealServer(rtsps, () => server(TLS, { ...audio, ...EVE, ...trust }))
  })

  test.each([
    ['OPTIONS', OPEN, {}, 'pass'],
    ['DESCRIBE, SETUP and TEARDOWN', OPEN, audio, 'pass'],
    ['no such stream', OPEN, { path: '/none', describe: true }, 'fail rtsp.describe'],
    ['another description', OPEN, { ...audio, sdp: 'm=video' }, 'fail rtsp.sdp'],
    ['a password in the clear', BASIC, { ...audio, ...EVE }, 'pass'],
    ['nobody', BASIC, audio, 'fail rtsp.auth'],
    ['a wrong password', BASIC, { ...audio, ...EVE, password: 'no' }, 'fail rtsp.auth'],
    ['a digest', DIGEST, { ...audio, ...EVE }, 'pass'],
    ['a wrong digest', DIGEST, { ...audio, ...EVE, password: 'no' }, 'fail rtsp.auth'],
  ] as const)('with %s', async (_name, which, options, wanted) => {
    expect(verdict(await probe(rtsp, server(which).target, options))).toBe(wanted)
  })

  test('shows what the server can do', async () => {
    const outcome = await probe(rtsp, server(OPEN).target)
    expect(outcome.detail).toMatch(/^Public: .*DESCRIBE/)
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(rtsps, server(OPEN).target, {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(rtsp, server(TLS).target, {}, 800))).toMatch(/^fail rtsp\./)
    expect(verdict(await probe(rtsps, server(TLS).target))).toBe('fail tls.untrusted')
  })

  test('shows the dialogue without password and digest', async () => {
    const transcript = new TranscriptRecorder()
    const { target, options } = server(BASIC, rtsp.options.parse({ ...audio, ...EVE }))
    await runCheck(rtsp, target, options as Parameters<typeof rtsp.run>[1], {
      timeoutMs: 5000,
      transcript,
    })
    const text = transcript.lines.join('')
    expect(text).toMatch(/> DESCRIBE .*< RTSP\/1\.0 401.*> DESCRIBE .*Authorization: Basic \*\*\*/s)
    expect(text).not.toContain(Buffer.from('eve:sesame').toString('base64'))
  })
})
