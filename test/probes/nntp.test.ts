import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nntp, nntps } from '../../probes/nntp.ts'
import { makeCertificates } from '../support/certificates.ts'
import { greetsAndAnswers } from '../support/hostile-server.ts'
import { type Inn, noInn, startInn } from '../support/inn.ts'
import { probe, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const EVE = { user: 'eve', password: 'sesame' }
const ALL = { reader: true, date: true, group: 'local.test' }

describe('nntp() with peers that are no news server', () => {
  testHostilePeers(nntp, ALL)
  testHostilePeers(nntps, {}, 'tls')

  test.each([
    ['lets post', ['200 hi'], {}, 'pass'],
    ['lets read only', ['201 hi'], {}, 'pass'],
    ['is closed', ['400 no'], {}, 'fail nntp.greeting'],
    ['greets with another number', ['2000 hi'], {}, 'fail nntp.greeting'],
    ['has no readers', ['200', '502'], { reader: true }, 'fail nntp.reader'],
    ['has no clock', ['200', '500'], { date: true }, 'fail nntp.date'],
    ['has the group', ['200', '211 1 2 3 a'], { group: 'a' }, 'pass'],
    ['has no such group', ['200', '411'], { group: 'a' }, 'fail nntp.group'],
    ['knows the user', ['200', '281'], EVE, 'pass'],
    ['knows user and password', ['200', '381', '281'], EVE, 'pass'],
    ['knows no such user', ['200', '482'], EVE, 'fail nntp.auth'],
    ['knows another password', ['200', '381', '481'], EVE, 'fail nntp.auth'],
    ['does not do STARTTLS', ['200', '580'], { starttls: true }, 'fail nntp.starttls'],
  ] as const)('with a server that %s', async (_name, [greeting, ...lines], options, wanted) => {
    const answers = lines.map((line) => `${line}\r\n`)
    const behaviour = greetsAndAnswers(`${greeting}\r\n`, ...answers)
    expect(await verdictOn(nntp, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })
})

describe.skipIf(noInn !== '')(`nntp() against INN${noInn}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-nntp-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  let inn: Inn
  const target = (port: keyof Inn['ports']) =>
    ({ address: '127.0.0.1', family: 4, port: inn.ports[port] }) as const

  beforeAll(async () => {
    inn = await startInn(dir, certificates)
  })
  afterAll(async () => {
    await Promise.all([inn?.news.stop(), inn?.readers.stop()])
    rmSync(dir, { recursive: true, force: true })
  })

  describe('in the clear', () => {
    testRealServer(nntp, () => ({ target: target('nntp'), child: inn.news, options: ALL }))
  })
  describe('over TLS', () => {
    const options = { ...ALL, ...EVE, ...trust }
    testRealServer(nntps, () => ({ target: target('nntps'), child: inn.readers, options }))
  })

  test.each([
    ['nothing asked', {}, 'pass'],
    ['everything asked', ALL, 'pass'],
    ['a login', { ...ALL, ...EVE }, 'pass'],
    ['a wrong password', { reader: true, ...EVE, password: 'no' }, 'fail nntp.auth'],
    ['no such group', { ...ALL, group: 'local.none' }, 'fail nntp.group'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(nntp, target('nntp'), options))).toBe(wanted)
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(nntps, target('nntp'), {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(nntp, target('nntps'), {}, 800))).toMatch(/^fail nntp\./)
    expect(verdict(await probe(nntps, target('nntps')))).toBe('fail tls.untrusted')
  })
})
