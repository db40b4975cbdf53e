import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { ftp, ftps } from '../../probes/ftp.ts'
import { runCheck } from '../../probes/run-check.ts'
import { makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const FILE = { file: 'pub/README' }
const FETCH = { ...FILE, content: '^Welcome' }
const LOGGED_IN = ['331', '230'] as const
const TO_DATA = [...LOGGED_IN, '200'] as const

describe('ftp() with peers that are no FTP server', () => {
  testHostilePeers(ftp, FETCH)
  testHostilePeers(ftps, {}, 'tls')

  test.each([
    ['needs no password', ['220', '230'], {}, 'pass'],
    ['is not ready yet', ['120 soon\r\n220', ...LOGGED_IN], {}, 'pass'],
    ['greets in many lines', ['220-a\r\n999 b\r\n c\r\n220 d', ...LOGGED_IN], {}, 'pass'],
    ['is full', ['421'], {}, 'fail ftp.greeting'],
    ['refuses the user', ['220', '530'], {}, 'fail ftp.auth'],
    ['refuses the password', ['220', '331', '530'], {}, 'fail ftp.auth'],
    ['wants an account', ['220', '331', '332'], {}, 'fail ftp.auth'],
    ['has the file', ['220', ...TO_DATA, '213 20'], FILE, 'pass'],
    ['has no file', ['220', ...TO_DATA, '550'], FILE, 'fail ftp.file'],
    ['has no binary', ['220', ...LOGGED_IN, '504'], FILE, 'fail ftp.type'],
    ['is not passive', ['220', ...TO_DATA, '500', '502'], FETCH, 'fail ftp.passive'],
    ['has no port', ['220', ...TO_DATA, '229 (|||0|)'], FETCH, 'fail ftp.passive'],
    ['has no such port', ['220', ...TO_DATA, '229 (|||70000|)'], FETCH, 'fail ftp.passive'],
    ['tells no port', ['220', ...TO_DATA, '500', '227 ok'], FETCH, 'fail ftp.passive'],
    ['does not do TLS', ['220', '500'], { starttls: true }, 'fail ftp.starttls'],
  ] as const)('with a server that %s', async (_name, [greeting, ...lines], options, wanted) => {
    const answers = lines.map((line) => `${line}\r\n`)
    const behaviour = hostile.greetsAndAnswers(`${greeting}\r\n`, ...answers)
    expect(await verdictOn(ftp, behaviour, { options, timeoutMs: 250 })).toBe(wanted)
  })

  test.each([
    ['hangs', hostile.hangs, 'fail ftp.timeout'],
    ['resets', hostile.resetsAtOnce, /^fail (ftp|connect)\.reset$/],
    ['sends nothing', hostile.closesAtOnce, 'fail ftp.content'],
    ['sends something else', hostile.saysThenCloses('Closed\n'), 'fail ftp.content'],
    ['sends the file', hostile.saysThenCloses('a\nWelcome\n'), 'pass'],
    ['pours without end', hostile.endlessLine('Welcome'), 'pass'],
  ] as const)('with a data connection that %s', async (_name, behaviour, wanted) => {
    for (const family of [4, 6] as const) {
      const data = await hostile.startHostileServer(behaviour, family)
      const answers = [...TO_DATA, `229 (|||${data.target.port}|)`, '150 now\r\n226 done']
      const control = hostile.greetsAndAnswers('220\r\n', ...answers.map((line) => `${line}\r\n`))
      const seen = await verdictOn(ftp, control, { options: FETCH, timeoutMs: 400, family })
      if (typeof wanted === 'string') expect(seen).toBe(wanted)
      else expect(seen).toMatch(wanted)
      expect(data.sentBytes()).toBeLessThan(16 * 1024 * 1024)
      await data.close()
    }
  })

  test('fetches from the server itself, whatever address it names', async () => {
    const data = await hostile.startHostileServer(hostile.saysThenCloses('Welcome\n'))
    const [high, low] = [data.target.port >> 8, data.target.port & 255]
    const passive = `227 go to (203,0,113,9,${high},${low})`
    const answers = [...TO_DATA, '500 EPSV?', passive, '150 now\r\n226 done']
    const control = hostile.greetsAndAnswers('220\r\n', ...answers.map((line) => `${line}\r\n`))
    expect(await verdictOn(ftp, control, { options: FETCH })).toBe('pass')
    await data.close()
  })

  test('wants a file where it wants content', () => {
    expect(ftp.options.safeParse({ content: 'x' }).error?.issues[0]?.path).toEqual(['file'])
    expect(ftp.options.safeParse({ file: 'a\r\nDELE b' }).success).toBe(false)
  })
})

const VSFTPD = '/usr/sbin/vsftpd'
const skipped = skipReason('vsftpd', VSFTPD)

describe.skipIf(skipped !== '')(`ftp() against vsftpd${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-ftp-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test' }
  const children: ChildServer[] = []
  let plain: Target
  let implicit: Target

  async function start(name: string, more: string): Promise<Target> {
    const port = await freePort()
    const file = join(dir, `${name}.conf`)
    writeFileSync(file, configuration(dir, port, certificates) + more)
    children.push(await startChildServer([VSFTPD, file], port))
    return { address: '127.0.0.1', family: 4, port }
  }

  beforeAll(async () => {
    for (const name of ['empty', 'root', 'root/pub']) mkdirSync(join(dir, name))
    writeFileSync(join(dir, 'root/pub/README'), 'Hello.\nWelcome to the shop.\n')
    chmodSync(dir, 0o755)
    plain = await start('plain', '')
    implicit = await start('implicit', 'implicit_ssl=YES\n')
  })
  afterAll(async () => {
    await Promise.all(children.map((child) => child.stop()))
    rmSync(dir, { recursive: true, force: true })
  })

  const at = (which: number, target: Target, options: unknown) => {
    const child = children[which]
    if (child === undefined) throw new Error('it did not start')
    return { target, child, options }
  }
  describe('in the clear', () => testRealServer(ftp, () => at(0, plain, FILE)))
  describe('over TLS', () => testRealServer(ftps, () => at(1, implicit, { ...FILE, ...trust })))

  test.each([
    ['nothing asked', {}, 'pass'],
    ['a file', FILE, 'pass'],
    ['its content', FETCH, 'pass'],
    ['other content', { ...FILE, content: 'Closed' }, 'fail ftp.content'],
    ['no such file', { file: 'pub/none' }, 'fail ftp.file'],
    ['no such file to fetch', { file: 'pub/none', content: 'x' }, 'fail ftp.file'],
    ['another user', { user: 'nobody', password: 'x' }, 'fail ftp.auth'],
    ['AUTH TLS', { starttls: true, ...trust }, 'pass'],
    ['a file over TLS', { starttls: true, ...trust, ...FETCH }, 'pass'],
    ['an authority that we do not trust', { starttls: true }, 'fail tls.untrusted'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(ftp, plain, options))).toBe(wanted)
  })

  test('fetches a file where every connection is over TLS', async () => {
    expect(verdict(await probe(ftps, implicit, { ...FETCH, ...trust }))).toBe('pass')
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(ftps, plain, {}, 800))).toMatch(/^fail tls\./)
    expect(verdict(await probe(ftp, implicit, {}, 800))).toMatch(/^fail ftp\./)
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = ftp.options.parse({ ...FETCH, password: 'me@home.test' })
    await runCheck(ftp, plain, options, { timeoutMs: 5000, transcript })
    const text = transcript.lines.join('')
    expect(text).toMatch(/> PASS \*\*\*.*< 230.*> EPSV.*> RETR pub\/README.*28 bytes.*< 226.*QUIT/s)
    expect(text).not.toContain('me@home')
  })
})

function configuration(
  dir: string,
  port: number,
  { cert, key }: ReturnType<typeof makeCertificates>,
): string {
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
background=NO
anonymous_enable=YES
anon_root=${dir}/root
local_enable=NO
secure_chroot_dir=${dir}/empty
seccomp_sandbox=NO
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=NO
force_anon_data_ssl=NO
force_local_logins_ssl=NO
force_local_data_ssl=NO
require_ssl_reuse=YES
rsa_cert_file=${cert}
rsa_private_key_file=${key}
ssl_ciphers=HIGH
delay_failed_login=0
`
}
