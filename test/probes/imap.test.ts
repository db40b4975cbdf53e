import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imap, imaps } from '../../probes/imap.ts'
import { runCheck } from '../../probes/run-check.ts'
import { makeCertificates } from '../support/certificates.ts'
import { BOB, type Dovecot, EVE, noDovecot, startDovecot } from '../support/dovecot.ts'
import { greetsAndAnswers } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const HI = '* OK hi\r\n'
const LOGIN = { user: 'eve', password: 'sesame' }

describe('imap() with peers that are no IMAP server', () => {
  testHostilePeers(imap, LOGIN)
  testHostilePeers(imaps, {}, 'tls')

  test.each([
    ['greets and answers', [HI, '* CAPABILITY IMAP4rev1\r\nlvs OK done\r\n'], {}, 'pass'],
    ['knows us already', ['* PREAUTH hi\r\n', 'lvs OK done\r\n'], {}, 'pass'],
    ['is closed for today', ['* BYE overloaded\r\n'], {}, 'fail imap.greeting'],
    ['speaks POP3', ['+OK hi\r\n'], {}, 'fail imap.greeting'],
    ['answers another command', [HI, 'other OK\r\n'], {}, 'fail imap.capability'],
    ['refuses', [HI, '* x\r\nlvs BAD what?\r\n'], {}, 'fail imap.capability'],
    ['takes any login', [HI, 'lvs OK in\r\n'], LOGIN, 'pass'],
    [
      'hides its answer in a literal',
      [HI, '* X {9}\r\nlvs OK\r\n\r\nlvs NO\r\n'],
      {},
      'fail imap.capability',
    ],
    ['goes on behind a literal', [HI, '* X {2}\r\nab y {0}\r\n z\r\nlvs OK\r\n'], {}, 'pass'],
    ['announces a literal too big', [HI, '* X {999999999}\r\n'], {}, 'fail imap.too-big'],
    ['announces one beyond numbers', [HI, `* X {${'9'.repeat(400)}}\r\n`], {}, 'fail imap.too-big'],
    ['stops in a literal', [HI, '* X {10}\r\nab'], {}, 'fail imap.timeout'],
    ['says no end of things', [HI, '* X\r\n'.repeat(300)], {}, 'fail imap.too-big'],
    ['does not do STARTTLS', [HI, 'lvs NO\r\n'], { starttls: true }, 'fail imap.starttls'],
    ['puts words before TLS', [HI, 'lvs OK\r\n* OK x\r\n'], { starttls: true }, 'fail imap.early'],
  ] as const)('with a server that %s', async (_name, [greeting, ...answers], options, wanted) => {
    const behaviour = greetsAndAnswers(greeting, ...answers)
    expect(await verdictOn(imap, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })

  test('wants user and password together', () => {
    expect(imap.options.safeParse({ user: 'eve' }).error?.issues[0]?.path).toEqual(['password'])
    expect(imap.options.safeParse({ password: 'x' }).error?.issues[0]?.path).toEqual(['user'])
    expect(imap.options.safeParse({ user: 'a\r\nb', password: 'x' }).success).toBe(false)
  })

  test('sends no password that would be two lines', async () => {
    const options = { user: 'eve', password: 'a\r\nlvs DELETE INBOX' }
    const target = { address: '127.0.0.1', family: 4, port: 1 } as const
    expect(verdict(await probe(imap, target, options))).toBe('inconclusive local.secret')
  })
})

describe.skipIf(noDovecot !== '')(`imap() against Dovecot${noDovecot}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-imap-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  const inbox = { ...EVE, mailbox: 'INBOX' }
  let dovecot: Dovecot
  const target = (port: 'imap' | 'imaps') =>
    ({ address: '127.0.0.1', family: 4, port: dovecot.ports[port] }) as const

  beforeAll(async () => {
    dovecot = await startDovecot(dir, certificates)
  })
  afterAll(async () => {
    await dovecot?.child.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  describe('with STARTTLS', () => {
    const options = { ...inbox, ...trust, starttls: true }
    testRealServer(imap, () => ({ target: target('imap'), child: dovecot.child, options }))
  })
  describe('over TLS', () => {
    const options = { ...inbox, ...trust }
    testRealServer(imaps, () => ({ target: target('imaps'), child: dovecot.child, options }))
  })

  test.each([
    ['nobody', {}, 'pass'],
    ['a login', EVE, 'pass'],
    ['a mailbox', inbox, 'pass'],
    ['a password that is no ASCII', BOB, 'pass'],
    ['a wrong password', { ...EVE, password: 'wrong' }, 'fail imap.auth'],
    ['a wrong password in a literal', { ...BOB, password: 'smör' }, 'fail imap.auth'],
    ['a mailbox that is not there', { ...EVE, mailbox: 'Nope' }, 'fail imap.mailbox'],
    ['an authority that we do not trust', { starttls: true }, 'fail tls.untrusted'],
    ['another name', { starttls: true, ca: certificates.ca, sni: 'x.test' }, 'fail tls.name'],
    ['any certificate', { starttls: true, insecure: true }, 'pass'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(imap, target('imap'), options))).toBe(wanted)
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(imaps, target('imap'), {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(imap, target('imaps'), {}, 800))).toMatch(/^fail imap\./)
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = imap.options.parse({ ...inbox, ...trust, starttls: true })
    await runCheck(imap, target('imap'), options, { timeoutMs: 5000, transcript })
    const text = transcript.lines.join('')
    expect(text).toMatch(/> lvs STARTTLS.*< lvs OK.*\* TLS.*> lvs LOGIN "eve" "\*\*\*".*< lvs OK/s)
    expect(text).toMatch(/> lvs EXAMINE "INBOX".*EXISTS.*> lvs LOGOUT/s)
    expect(text).not.toContain('sesame')
  })
})
