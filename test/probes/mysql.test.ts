import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { mysql } from '../../probes/mysql.ts'
import { encodePacket } from '../../probes/mysql-packet.ts'
import { runCheck } from '../../probes/run-check.ts'
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

const MARIADBD = '/usr/sbin/mariadbd'
const INSTALL = '/usr/bin/mariadb-install-db'
const skipped = skipReason('mariadb-server', MARIADBD, INSTALL)

const NONCE = Buffer.from('0123456789abcdefghij')
const SHA2 = 'caching_sha2_password'
const OK = Buffer.from('00000002000000', 'hex')
const ACCESS_DENIED = Buffer.from('\xff\x15\x04#28000Access denied', 'latin1')
const EOF = Buffer.from('fe00000200', 'hex')

/** A greeting as MySQL 8 sends it. */
function greeting(method: string, capabilities = 0xffff_f7ff): Buffer {
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE(capabilities)
  return Buffer.concat([
    Buffer.from('\x0a8.0.36\0\x01\0\0\0'),
    NONCE.subarray(0, 8),
    Buffer.of(0, ...flags.subarray(0, 2), 45, 2, 0, ...flags.subarray(2), 21),
    Buffer.alloc(10),
    NONCE.subarray(8),
    Buffer.from(`\0${method}\0`),
  ])
}

/** Greets, and answers each thing it hears with the next packets, numbered on from what it heard. */
function server(first: Buffer, ...answers: readonly (readonly Buffer[])[]): Behaviour {
  return (socket) => {
    const left = [...answers]
    socket.write(encodePacket(0, first))
    socket.on('data', (heard) => {
      let sequence = heard.readUInt8(3)
      for (const payload of left.shift() ?? []) {
        sequence += 1
        socket.write(encodePacket(sequence, payload))
      }
    })
  }
}

describe('mysql() with peers that are no MySQL', () => {
  testHostilePeers(mysql, {})
  testHostilePeers(mysql, { user: 'u', password: 'p', query: 'SELECT 1', starttls: true })

  const login = { user: 'u', password: 'p' }
  const select = { ...login, query: 'SELECT 1' }
  const native = greeting('mysql_native_password')
  const column = Buffer.from('\x03def')
  const row = Buffer.from('\x011')
  test.each<readonly [string, Behaviour, unknown, string]>([
    ['greets', server(native), {}, 'pass'],
    ['blocks us', server(Buffer.from('\xff\x69\x04Host is blocked', 'latin1')), {}, 'mysql.error'],
    ['speaks protocol 9', server(Buffer.from('\x098.0\0')), {}, 'fail mysql.garbage'],
    ['greets too shortly', server(native.subarray(0, 30)), {}, 'fail mysql.garbage'],
    ['counts wrongly', (s) => s.write(encodePacket(3, native)), {}, 'fail mysql.garbage'],
    ['does no TLS', server(native), { ...login, starttls: true }, 'fail mysql.starttls'],
    ['is very old', server(greeting('', 0x200)), login, 'fail mysql.auth'],
    ['lets us in', server(native, [OK]), login, 'pass'],
    ['refuses us', server(native, [ACCESS_DENIED]), login, 'fail mysql.auth'],
    ['knows our password', server(greeting(SHA2), [Buffer.of(1, 3), OK]), login, 'pass'],
    ['wants our password', server(greeting(SHA2), [Buffer.of(1, 4)]), login, 'fail mysql.auth'],
    [
      'wants it clear',
      server(native, [Buffer.from('\xfemysql_clear_password\0', 'latin1')]),
      login,
      'fail mysql.auth',
    ],
    [
      'switches without end',
      server(
        native,
        ...Array.from({ length: 9 }, () => [
          Buffer.concat([Buffer.from(`\xfe${SHA2}\0`, 'latin1'), NONCE, Buffer.of(0)]),
        ]),
      ),
      login,
      'fail mysql.garbage',
    ],
    ['has a row', server(native, [OK], [Buffer.of(1), column, EOF, row, EOF]), select, 'pass'],
    [
      'has no end of rows',
      server(native, [OK], [Buffer.of(1), column, EOF, row]),
      select,
      'fail mysql.timeout',
    ],
    [
      'has no end of columns',
      server(native, [OK], [Buffer.of(1), column, column]),
      select,
      'fail mysql.garbage',
    ],
    [
      'wants a file of ours',
      server(native, [OK], [Buffer.from('\xfb/etc/passwd', 'latin1')]),
      select,
      'fail mysql.query',
    ],
    [
      'has a broken row',
      server(native, [OK], [Buffer.of(1), column, EOF, Buffer.from('\x09a')]),
      select,
      'fail mysql.garbage',
    ],
    [
      'breaks off within the rows',
      server(native, [OK], [Buffer.of(1), column, EOF, ACCESS_DENIED]),
      select,
      'fail mysql.query',
    ],
  ])('with a server that %s', async (_name, behaviour, options, wanted) => {
    expect(await verdictOn(mysql, behaviour, { options, timeoutMs: 250 })).toContain(wanted)
  })

  test('proves the password to caching_sha2_password, and shows it whole only over TLS', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-mysql-tls-'))
    const files = makeCertificates(dir)
    const [cert, key] = [readFileSync(files.cert), readFileSync(files.key)]
    let heard = Buffer.alloc(0)
    const overTls = createServer({ cert, key }, (over) => {
      over.on('error', () => {})
      over.once('data', (request) => {
        heard = Buffer.concat([heard, request])
        over.write(encodePacket(3, Buffer.of(1, 4)))
        over.once('data', (password) => {
          heard = Buffer.concat([heard, password])
          over.write(encodePacket(5, OK))
        })
      })
    })
    const tlsPort = await freePort()
    await new Promise<void>((resolve) => overTls.listen(tlsPort, '127.0.0.1', resolve))
    const behaviour: Behaviour = (socket) => {
      const inner = connect(tlsPort, '127.0.0.1')
      let dropped = 36
      socket.write(encodePacket(0, greeting(SHA2, 0xffff_ffff)))
      socket.on('data', (bytes) => {
        inner.write(bytes.subarray(dropped))
        dropped = Math.max(0, dropped - bytes.length)
      })
      inner.on('error', () => {}).pipe(socket)
      socket.on('close', () => inner.destroy())
    }
    const options = { ...login, password: 'sésame', starttls: true, ca: files.ca, sni: 'shop.test' }
    expect(await verdictOn(mysql, behaviour, { options, timeoutMs: 2000 })).toBe('pass')
    const sha = (...parts: readonly (string | Buffer)[]): Buffer =>
      parts.reduce((state, part) => state.update(part), createHash('sha256')).digest()
    const mask = sha(sha(sha('sésame')), NONCE)
    const proof = Buffer.from(sha('sésame').map((byte, at) => byte ^ (mask[at] ?? 0)))
    expect(heard.includes(proof)).toBe(true)
    expect(heard.subarray(-8).toString()).toBe('sésame\0')
    await new Promise((resolve) => overTls.close(resolve))
    rmSync(dir, { recursive: true, force: true })
  })
})

describe.skipIf(skipped !== '')(`mysql() against MariaDB${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-mysql-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test', starttls: true }
  const eve = { user: 'eve', password: 'open-sésame' }
  let child: ChildServer
  let target: Target

  beforeAll(async () => {
    const port = await freePort()
    target = { address: '127.0.0.1', family: 4, port }
    const data = join(dir, 'data')
    const as = ['--no-defaults', '--user=mysql', `--datadir=${data}`]
    execFileSync('chown', ['-R', 'mysql:', dir])
    execFileSync(INSTALL, [...as, '--auth-root-authentication-method=normal', '--skip-test-db'], {
      stdio: 'pipe',
    })
    const tls = [`--ssl-cert=${certificates.cert}`, `--ssl-key=${certificates.key}`]
    const listen = [`--port=${port}`, '--bind-address=127.0.0.1,::1', `--socket=${dir}/socket`]
    child = await startChildServer([MARIADBD, ...as, ...tls, ...listen], port)
    const root = { user: 'root' }
    for (const query of SETUP) {
      const outcome = await probe(mysql, target, { ...root, query })
      expect(verdict(outcome)).toBe('pass')
    }
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const query = { query: 'SELECT * FROM (VALUES (1), (2), (3)) AS v', expect: '^3$' }
  describe('in the clear', () => {
    testRealServer(mysql, () => ({ target, child, options: { ...eve, ...query } }))
  })
  describe('with TLS', () => {
    testRealServer(mysql, () => ({ target, child, options: { ...eve, ...query, ...trust } }))
  })

  test.each([
    ['nobody logged in', {}, 'pass'],
    ['nobody logged in, over TLS', trust, 'pass'],
    ['a login', eve, 'pass'],
    ['a login without a password', { user: 'theo' }, 'pass'],
    [
      'a database',
      { ...eve, database: 'shop', query: 'SELECT database()', expect: 'shop' },
      'pass',
    ],
    [
      'a database, over TLS',
      { ...eve, ...trust, database: 'shop', query: 'SELECT database()', expect: 'shop' },
      'pass',
    ],
    ['a wrong password', { ...eve, password: 'wrong' }, 'fail mysql.auth'],
    ['no such user', { ...eve, user: 'nobody' }, 'fail mysql.auth'],
    ['no such database', { ...eve, database: 'gone' }, 'fail mysql.auth'],
    ['a user of another method', { ...eve, user: 'ed' }, 'fail mysql.auth'],
    ['enough rows', { ...eve, ...query, minRows: 3 }, 'pass'],
    ['too few rows', { ...eve, query: 'SELECT 1', minRows: 2 }, 'fail mysql.rows'],
    ['another row', { ...eve, query: "SELECT 'a', 'b'", expect: 'b' }, 'fail mysql.rows'],
    ['NULL', { ...eve, query: 'SELECT NULL', expect: 'NULL' }, 'fail mysql.rows'],
    ['a long column', { ...eve, query: "SELECT repeat('x', 300)", expect: '^x{300}$' }, 'pass'],
    ['a statement without rows', { ...eve, query: 'SET @a = 1' }, 'pass'],
    ['a mistake', { ...eve, query: 'SELEKT 1' }, 'fail mysql.query'],
    ['too much', { ...eve, query: "SELECT repeat('x', 100000)" }, 'fail mysql.too-big'],
    ['a certificate of nobody', { ...eve, starttls: true }, 'fail tls.untrusted'],
  ])('with %s', async (_name, options, wanted) => {
    for (const at of [target, { ...target, address: '::1', family: 6 } as const]) {
      expect(verdict(await probe(mysql, at, options))).toBe(wanted)
    }
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = mysql.options.parse({ ...eve, query: 'SELECT 7' })
    await runCheck(mysql, target, options, { timeoutMs: 1000, transcript })
    expect(transcript.lines[0]).toMatch(/MariaDB/)
    expect(transcript.lines.slice(1)).toEqual([
      '> login eve *** (mysql_native_password)',
      '< OK',
      '> SELECT 7',
      '< row 7',
      '> quit',
    ])
  })
})

const SETUP = [
  "CREATE USER eve IDENTIFIED BY 'open-sésame'",
  'CREATE USER theo',
  'CREATE DATABASE shop',
  'GRANT ALL ON shop.* TO eve',
  "INSTALL SONAME 'auth_ed25519'",
  "CREATE USER ed IDENTIFIED VIA ed25519 USING PASSWORD('open-sésame')",
]
