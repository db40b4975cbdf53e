import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pop3, pop3s } from '../../probes/pop3.ts'
import { runCheck } from '../../probes/run-check.ts'
import { makeCertificates } from '../support/certificates.ts'
import { BOB, type Dovecot, EVE, noDovecot, startDovecot } from '../support/dovecot.ts'
import { greetsAndAnswers, startHostileServer } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const LOGIN = { user: 'eve', password: 'tanstaaf' }

describe('pop3() with peers that are no POP3 server', () => {
  testHostilePeers(pop3, LOGIN)
  testHostilePeers(pop3s, {}, 'tls')

  test.each([
    ['takes the login', ['+OK', '+OK', '+OK in', '+OK 2 320'], LOGIN, 'pass'],
    ['knows no such user', ['+OK', '-ERR'], LOGIN, 'fail pop3.auth'],
    ['takes no password', ['+OK', '+OK', '-ERR'], LOGIN, 'fail pop3.auth'],
    ['has no mailbox', ['+OK', '+OK', '+OK', '-ERR locked'], LOGIN, 'fail pop3.stat'],
    ['cannot count', ['+OK', '+OK', '+OK', '+OK many'], LOGIN, 'fail pop3.stat'],
    ['has no clock', ['+OK hi'], { ...LOGIN, apop: true }, 'fail pop3.apop'],
    ['does not do STLS', ['+OK', '-ERR'], { starttls: true }, 'fail pop3.stls'],
    ['puts words before TLS', ['+OK', '+OK\r\n+OK'], { starttls: true }, 'fail pop3.early'],
    ['says no TLS after STLS', ['+OK', '+OK', '+OK'], { starttls: true }, 'fail tls.handshake'],
    ['resets in the handshake', ['+OK', '+OK'], { starttls: true }, 'fail tls.reset'],
  ] as const)('with a server that %s', async (_name, [greeting, ...lines], options, wanted) => {
    const answers = lines.map((line) => `${line}\r\n`)
    const behaviour = greetsAndAnswers(`${greeting}\r\n`, ...answers)
    expect(await verdictOn(pop3, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })

  test('answers a timestamp as the standard has it (RFC 1939 section 7)', async () => {
    const transcript = new TranscriptRecorder()
    let heard = ''
    const server = await startHostileServer((socket) => {
      socket.write('+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n')
      socket.on('data', (bytes) => {
        heard += bytes.toString()
        socket.write('+OK 1 2\r\n')
      })
    })
    const options = pop3.options.parse({ user: 'mrose', password: 'tanstaaf', apop: true })
    await runCheck(pop3, server.target, options, { timeoutMs: 1000, transcript })
    await server.close()
    expect(heard).toContain('APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n')
    expect(transcript.lines.join('')).toContain('APOP mrose ***')
  })
})

describe.skipIf(noDovecot !== '')(`pop3() against Dovecot${noDovecot}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-pop3-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  let dovecot: Dovecot
  const target = (port: 'pop3' | 'pop3s') =>
    ({ address: '127.0.0.1', family: 4, port: dovecot.ports[port] }) as const

  beforeAll(async () => {
    dovecot = await startDovecot(dir, certificates)
  })
  afterAll(async () => {
    await dovecot?.child.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  describe('with STLS', () => {
    const options = { ...EVE, ...trust, starttls: true }
    testRealServer(pop3, () => ({ target: target('pop3'), child: dovecot.child, options }))
  })
  describe('over TLS', () => {
    const options = { ...EVE, ...trust }
    testRealServer(pop3s, () => ({ target: target('pop3s'), child: dovecot.child, options }))
  })

  test.each([
    ['nobody', {}, 'pass'],
    ['a login', EVE, 'pass'],
    ['a password that is no ASCII', BOB, 'pass'],
    ['APOP', { ...EVE, apop: true }, 'pass'],
    ['a wrong password', { ...EVE, password: 'wrong' }, 'fail pop3.auth'],
    ['a wrong password in APOP', { ...EVE, password: 'wrong', apop: true }, 'fail pop3.auth'],
    ['an authority that we do not trust', { starttls: true }, 'fail tls.untrusted'],
    ['any certificate', { starttls: true, insecure: true }, 'pass'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(pop3, target('pop3'), options))).toBe(wanted)
  })

  test('shows what is in the mailbox', async () => {
    expect(await probe(pop3, target('pop3'), EVE)).toEqual({ outcome: 'pass', detail: '+OK 0 0' })
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(pop3s, target('pop3'), {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(pop3, target('pop3s'), {}, 800))).toMatch(/^fail pop3\./)
  })
})
