import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { ldap, ldaps } from '../../probes/ldap.ts'
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

const SLAPD = '/usr/sbin/slapd'
const SCHEMA = '/etc/ldap/schema/core.schema'
const MODULE = '/usr/lib/ldap/back_mdb.so'
const skipped = skipReason('slapd', SLAPD, SCHEMA, MODULE)

describe('ldap() with peers that are no directory', () => {
  testHostilePeers(ldap, {})
  testHostilePeers(ldap, { starttls: true })
  testHostilePeers(ldaps, {}, 'tls')

  test.each([
    ['lets nobody in', '300c02010161070a010104000400', 'ldap.bind'],
    ['answers another request', '300c02010761070a010004000400', 'ldap.garbage'],
    ['hangs up with a notice', '300c02010078070a013404000400', 'ldap.disconnected'],
    ['sends a response without a code', '300502010161 00'.replace(' ', ''), 'ldap.garbage'],
    ['announces four gigabytes', '3084ffffffff', 'ldap.too-big'],
    ['has no end of its length', '3080', 'ldap.garbage'],
    ['nests without end', '3030'.repeat(25), 'ldap.garbage'],
    ['sends entries without end', '300a0201016405040030000000'.slice(0, 24).repeat(200), 'garbage'],
  ])('with a server that %s', async (_name, hex, code) => {
    const answer = Buffer.from(hex, 'hex').toString('latin1')
    const behaviour = answersThenResets(answer)
    const seen = await verdictOn(ldap, (socket) => behaviour(socket.setDefaultEncoding('latin1')), {
      timeoutMs: 250,
    })
    expect(seen).toContain(code)
  })

  test.each([
    { bindDn: 'cn=a' },
    { password: 'x' },
    { expect: 'x' },
    { base: '', attribute: 'cn' },
    { filter: '(&(a=b)(c=d))' },
    { filter: '(a=b*)' },
  ])('refuses options that make no sense: %j', (options) => {
    expect(ldap.options.safeParse(options).success).toBe(false)
  })
})

describe.skipIf(skipped !== '')(`ldap() against OpenLDAP${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-ldap-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  const admin = { bindDn: 'cn=admin,dc=shop,dc=test', password: 'open-sesame' }
  const shop = { base: 'dc=shop,dc=test', attribute: 'o', expect: '^Shöp' }
  let child: ChildServer
  let plain: Target
  let overTls: Target

  beforeAll(async () => {
    const [port, tlsPort] = [await freePort(), await freePort()]
    plain = { address: '127.0.0.1', family: 4, port }
    overTls = { ...plain, port: tlsPort }
    mkdirSync(join(dir, 'db'))
    const file = join(dir, 'slapd.conf')
    writeFileSync(file, configuration(dir, certificates))
    writeFileSync(join(dir, 'shop.ldif'), LDIF)
    execFileSync('/usr/sbin/slapadd', ['-f', file, '-l', join(dir, 'shop.ldif')], { stdio: 'pipe' })
    const urls = `ldap://127.0.0.1:${port} ldap://[::1]:${port} ldaps://127.0.0.1:${tlsPort}`
    child = await startChildServer([SLAPD, '-d', '0', '-h', urls, '-f', file], port)
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  describe('in the clear', () => {
    testRealServer(ldap, () => ({ target: plain, child, options: { ...admin, ...shop } }))
  })
  describe('with StartTLS', () => {
    const options = { ...admin, ...shop, ...trust, starttls: true }
    testRealServer(ldap, () => ({ target: plain, child, options }))
  })
  describe('over TLS', () => {
    testRealServer(ldaps, () => ({ target: overTls, child, options: { ...shop, ...trust } }))
  })

  test.each([
    ['nobody logged in', {}, 'pass'],
    ['an attribute that matches', shop, 'pass'],
    ['its name that matches', { base: shop.base, expect: '^dc=shop,' }, 'pass'],
    ['an attribute that differs', { ...shop, expect: '^Other' }, 'fail ldap.answer'],
    ['an attribute that is not there', { ...shop, attribute: 'l' }, 'fail ldap.answer'],
    ['a filter that fits', { base: shop.base, filter: '(o=Sh\\c3\\b6p \\28test\\29)' }, 'pass'],
    ['a filter that does not', { base: shop.base, filter: '(o=Other)' }, 'fail ldap.empty'],
    ['no such object', { base: 'ou=gone,dc=shop,dc=test' }, 'fail ldap.search'],
    ['no name at all', { base: 'nonsense' }, 'fail ldap.search'],
    ['the root DSE', { base: '', attribute: 'namingContexts', expect: 'dc=shop' }, 'pass'],
    ['a login', admin, 'pass'],
    ['a wrong password', { ...admin, password: 'wrong' }, 'fail ldap.bind'],
    ['a certificate of nobody', { starttls: true }, 'fail tls.untrusted'],
  ])('with %s', async (_name, options, wanted) => {
    for (const target of [plain, { ...plain, address: '::1', family: 6 } as const]) {
      expect(verdict(await probe(ldap, target, options))).toBe(wanted)
    }
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(ldaps, plain, trust, 500))).toMatch(/^fail tls\./)
    expect(verdict(await probe(ldap, overTls, {}, 500))).toMatch(/^fail ldap\./)
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = ldap.options.parse({ ...admin, ...shop })
    await runCheck(ldap, plain, options, { timeoutMs: 1000, transcript })
    expect(transcript.lines).toEqual([
      '> bind cn=admin,dc=shop,dc=test ***',
      '< success',
      '> search dc=shop,dc=test (objectClass=*) o',
      '< dn: dc=shop,dc=test\no: Shöp (test)',
      '< success',
      '> unbind',
    ])
  })
})

function configuration(dir: string, { ca, cert, key }: ReturnType<typeof makeCertificates>) {
  return `include ${SCHEMA}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${dir}/pid
TLSCACertificateFile ${ca}
TLSCertificateFile ${cert}
TLSCertificateKeyFile ${key}
database mdb
suffix "dc=shop,dc=test"
rootdn "cn=admin,dc=shop,dc=test"
rootpw open-sesame
directory ${dir}/db
`
}

const LDIF = `dn: dc=shop,dc=test
objectClass: dcObject
objectClass: organization
dc: shop
o:: ${Buffer.from('Shöp (test)').toString('base64')}
`
