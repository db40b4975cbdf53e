import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCheck } from '../../probes/run-check.ts'
import { smtp, smtps, submission } from '../../probes/smtp.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type Dovecot, EVE, noDovecot, startDovecot } from '../support/dovecot.ts'
import { greetsAndAnswers } from '../support/hostile-server.ts'
import { noPostfix, type Postfix, startPostfix } from '../support/postfix.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const LOGIN = { user: 'eve', password: 'sesame' }
const AUTH = '250-AUTH PLAIN LOGIN\r\n250 OK'
const ONLY_LOGIN = '250-AUTH=LOGIN\r\n250 OK'
const plainly = { starttls: false }

describe('smtp() with peers that are no SMTP server', () => {
  testHostilePeers(smtp, { starttls: true })
  testHostilePeers(smtps, {}, 'tls')

  test.each([
    ['takes PLAIN', ['220', AUTH, '235'], LOGIN, 'pass'],
    ['takes LOGIN', ['220', ONLY_LOGIN, '334 VXNlcg', '334 UGFzcw', '235'], LOGIN, 'pass'],
    ['offers no AUTH', ['220', '250 OK'], LOGIN, 'fail smtp.auth'],
    ['offers another', ['220', AUTH], { ...LOGIN, mechanism: 'cram' }, undefined],
    ['offers no LOGIN', ['220', '250 AUTH PLAIN'], { ...LOGIN, mechanism: 'login' }, 'smtp.auth'],
    ['refuses the login', ['220', AUTH, '535 no'], LOGIN, 'fail smtp.auth'],
    ['asks nothing', ['220', ONLY_LOGIN, '235 in'], LOGIN, 'fail smtp.auth'],
    ['wants no mail', ['220', '250', '451 later'], { mail: {} }, 'fail smtp.mail'],
    ['has no such box', ['220', '250', '250', '550'], { mail: { to: 'a' } }, 'fail smtp.rcpt'],
    ['forwards', ['220', '250', '250', '251 there', '250'], { mail: { to: 'a' } }, 'pass'],
    ['takes nothing back', ['220', '250', '250', '502'], { mail: {} }, 'fail smtp.rset'],
    ['does not do STARTTLS', ['220', '250', '454 no'], { starttls: true }, 'fail smtp.starttls'],
    ['puts words before TLS', ['220', '250', '220\r\n250'], { starttls: true }, 'fail smtp.early'],
  ] as const)('with a server that %s', async (_name, [greeting, ...lines], options, wanted) => {
    if (wanted === undefined) {
      expect(smtp.options.safeParse(options).success).toBe(false)
      return
    }
    const behaviour = greetsAndAnswers(`${greeting}\r\n`, ...lines.map((line) => `${line}\r\n`))
    expect(await verdictOn(smtp, behaviour, { options, timeoutMs: 250 })).toContain(wanted)
  })

  test.each([
    ['offers a login', ['220', AUTH], 'pass'],
    ['offers no login', ['220', '250 OK'], 'fail smtp.auth'],
    ['knows only HELO', ['220', '502', '250'], 'fail smtp.ehlo'],
  ] as const)('submission() with a server that %s', async (_name, [greeting, ...lines], wanted) => {
    const behaviour = greetsAndAnswers(`${greeting}\r\n`, ...lines.map((line) => `${line}\r\n`))
    expect(await verdictOn(submission, behaviour, { options: plainly, timeoutMs: 250 })).toBe(
      wanted,
    )
  })

  test.each([
    { mail: { from: 'a> SIZE=1' } },
    { mail: { to: 'a\r\nDATA' } },
    { user: 'eve' },
    { helo: 'a b' },
  ])('does not take the options %j', (options) => {
    expect(smtp.options.safeParse(options).success).toBe(false)
  })
})

const skipped = noPostfix + noDovecot

describe.skipIf(skipped !== '')(`smtp() against Postfix${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-smtp-'))
  const mailDir = mkdtempSync(join(tmpdir(), 'lvs-warden-sasl-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  let dovecot: Dovecot
  let postfix: Postfix
  const target = (port: keyof Postfix['ports']) =>
    ({ address: '127.0.0.1', family: 4, port: postfix.ports[port] }) as const

  beforeAll(async () => {
    dovecot = await startDovecot(mailDir, certificates)
    postfix = await startPostfix(dir, certificates, dovecot.authSocket)
  })
  afterAll(async () => {
    await postfix?.child.stop()
    await dovecot?.child.stop()
    rmSync(dir, { recursive: true, force: true })
    rmSync(mailDir, { recursive: true, force: true })
  })

  describe('in the clear', () => {
    const options = { mail: { to: 'postmaster@shop.test' } }
    testRealServer(smtp, () => ({ target: target('smtp'), child: postfix.child, options }))
  })
  describe('for mail clients', () => {
    const options = { ...EVE, ...trust }
    testRealServer(submission, () => ({
      target: target('submission'),
      child: postfix.child,
      options,
    }))
  })

  test.each([
    ['nothing asked', {}, 'pass'],
    ['STARTTLS', { starttls: true, ...trust }, 'pass'],
    ['PLAIN', EVE, 'pass'],
    ['LOGIN', { ...EVE, mechanism: 'login' }, 'pass'],
    ['a wrong password', { ...EVE, password: 'wrong' }, 'fail smtp.auth'],
    ['a recipient', { mail: { from: 'a@b.test', to: 'postmaster@shop.test' } }, 'pass'],
    ['no such recipient', { mail: { to: 'nobody@shop.test' } }, 'fail smtp.rcpt'],
    ['a recipient elsewhere', { mail: { to: 'a@b.test' } }, 'fail smtp.rcpt'],
    ['an authority that we do not trust', { starttls: true }, 'fail tls.untrusted'],
    ['another name', { starttls: true, ca: certificates.ca, sni: 'x.test' }, 'fail tls.name'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(smtp, target('smtp'), options))).toBe(wanted)
  })

  test('over TLS from the first byte', async () => {
    expect(verdict(await probe(smtps, target('smtps'), { ...EVE, ...trust }))).toBe('pass')
    expect(verdict(await probe(smtps, target('smtps')))).toBe('fail tls.untrusted')
    expect(verdict(await probe(smtps, target('smtp'), {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(smtp, target('smtps'), {}, 800))).toMatch(/^fail smtp\./)
  })

  test('a port of mail clients offers no login in the clear', async () => {
    expect(verdict(await probe(submission, target('submission'), plainly))).toBe('fail smtp.auth')
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = submission.options.parse({ ...EVE, ...trust })
    await runCheck(submission, target('submission'), options, { timeoutMs: 5000, transcript })
    const text = transcript.lines.join('')
    expect(text).toMatch(/> STARTTLS.*< 220.*\* TLS.*> EHLO.*> AUTH PLAIN \*\*\*.*< 235.*> QUIT/s)
    expect(text).not.toContain(Buffer.from(`\0${EVE.user}`).toString('base64').slice(0, 6))
  })
})
