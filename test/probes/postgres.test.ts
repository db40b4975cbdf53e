import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { postgres } from '../../probes/postgres.ts'
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

const PROGRAMS = '/usr/lib/postgresql/15/bin'
const skipped = skipReason('postgresql', `${PROGRAMS}/postgres`, `${PROGRAMS}/initdb`)
const AS_POSTGRES = ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups']

/** A message as a server sends it. */
function message(type: string, body: string): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(body, 'latin1') + 4)
  return type + length.toString('latin1') + body
}

const error = (code: string): string => message('E', `SFATAL\0C${code}\0Mno\0\0`)
const scram = (code: number, text: string): string =>
  message('R', `\0\0\0${String.fromCharCode(code)}${text}`)
const OFFER = scram(10, 'SCRAM-SHA-256\0\0')

describe('postgres() with peers that are no PostgreSQL', () => {
  testHostilePeers(postgres, {})
  testHostilePeers(postgres, { starttls: true })
  testHostilePeers(postgres, { user: 'u', password: 'p', query: 'SELECT 1' })

  const login = { user: 'u', password: 'p', query: 'SELECT 1' }
  test.each<readonly [string, readonly string[], unknown, string]>([
    ['asks for a password', [message('R', '\0\0\0\x03')], {}, 'pass'],
    ['lets nobody in from here', [error('28000')], {}, 'pass'],
    ['is still starting', [error('57P03')], {}, 'fail postgres.error'],
    ['is full', [error('53300')], login, 'fail postgres.auth'],
    ['has an error without a code', [message('E', 'Mno\0\0')], {}, 'fail postgres.garbage'],
    ['starts with a row', [message('D', '\0\0')], {}, 'fail postgres.garbage'],
    ['announces four gigabytes', ['R\xff\xff\xff\xff'], {}, 'fail postgres.too-big'],
    ['announces nothing', ['R\0\0\0\x03'], {}, 'fail postgres.garbage'],
    ['does no TLS', ['N'], { starttls: true }, 'fail postgres.starttls'],
    ['wants Kerberos', [message('R', '\0\0\0\x07')], login, 'fail postgres.auth'],
    ['knows another SCRAM', [scram(10, 'SCRAM-SHA-512\0\0')], login, 'fail postgres.auth'],
    ['skips SCRAM', [OFFER, message('R', '\0\0\0\0')], login, 'fail postgres.auth'],
    ['has its own nonce', [OFFER, scram(11, 'r=other,s=AAAA,i=1')], login, 'fail postgres.garbage'],
    ['skips the greeting', [scram(0, '') + message('C', 'x')], login, 'fail postgres.timeout'],
    [
      'has a broken row',
      [scram(0, '') + message('Z', 'I'), message('D', '\0\x01\0\0\0\x09a')],
      login,
      'fail postgres.garbage',
    ],
    [
      'wants a copy',
      [scram(0, '') + message('Z', 'I'), message('G', '\0\0\0')],
      login,
      'fail postgres.query',
    ],
  ])('with a server that %s', async (_name, answers, options, wanted) => {
    const answer = answersThenResets(...answers)
    const seen = await verdictOn(
      postgres,
      (socket) => answer(socket.setDefaultEncoding('latin1')),
      {
        options,
        timeoutMs: 250,
      },
    )
    expect(seen).toBe(wanted)
  })

  test('SCRAM fails where the server does not prove itself, or keeps us busy', async () => {
    for (const [serverFirst, wanted] of [
      ['s=AAAA,i=4096', 'fail postgres.auth'],
      ['s=AAAA,i=99999999', 'fail postgres.garbage'],
    ]) {
      const seen = await verdictOn(
        postgres,
        (socket) => {
          let step = 0
          socket.setDefaultEncoding('latin1').on('data', (bytes) => {
            step += 1
            if (step === 1) socket.write(OFFER)
            const nonce = /r=([^,]+)/.exec(bytes.toString())?.[1]
            if (step === 2) socket.write(scram(11, `r=${nonce}more,${serverFirst}`))
            if (step === 3) socket.write(scram(12, 'v=AAAA') + scram(0, '') + message('Z', 'I'))
          })
        },
        { options: login },
      )
      expect(seen).toBe(wanted)
    }
  })

  test.each([{ password: 'x' }, { query: 'SELECT 1' }, { user: 'u', expect: 'x' }, { minRows: 1 }])(
    'refuses options that make no sense: %j',
    (options) => {
      expect(postgres.options.safeParse(options).success).toBe(false)
    },
  )
})

describe.skipIf(skipped !== '')(`postgres() against PostgreSQL${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-postgres-'))
  const certificates = makeCertificates(dir)
  const trust = { ca: certificates.ca, sni: 'shop.test', starttls: true }
  const eve = { user: 'eve', password: 'open-sésame', database: 'postgres' }
  let child: ChildServer
  let target: Target

  beforeAll(async () => {
    const port = await freePort()
    target = { address: '127.0.0.1', family: 4, port }
    const data = join(dir, 'data')
    execFileSync('chown', ['-R', 'postgres:', dir])
    const run = (program: string, args: readonly string[], input = ''): void => {
      const [setpriv = '', ...as] = AS_POSTGRES
      const stdio = 'pipe'
      execFileSync(setpriv, [...as, `${PROGRAMS}/${program}`, ...args], { input, stdio, cwd: dir })
    }
    run('initdb', ['-D', data, '-A', 'trust', '-E', 'UTF8', '--locale', 'C', '--no-sync'])
    run('postgres', ['--single', '-D', data, '-c', 'fsync=off', 'postgres'], ROLES)
    appendFileSync(
      join(data, 'postgresql.conf'),
      `ssl = on\nssl_cert_file = '${certificates.cert}'\nssl_key_file = '${certificates.key}'\n`,
    )
    writeFileSync(join(data, 'pg_hba.conf'), ACCESS)
    const listen = ['-h', '127.0.0.1,::1', '-p', String(port), '-k', dir, '-c', 'fsync=off']
    const argv = [...AS_POSTGRES, `${PROGRAMS}/postgres`, '-D', data, ...listen]
    child = await startChildServer(argv, port)
    while (verdict(await probe(postgres, target)) === 'fail postgres.error');
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const query = { query: 'SELECT generate_series(1, 3)', expect: '^3$' }
  describe('in the clear', () => {
    testRealServer(postgres, () => ({ target, child, options: { ...eve, ...query } }))
  })
  describe('with TLS', () => {
    const options = { ...eve, ...query, ...trust }
    testRealServer(postgres, () => ({ target, child, options }))
  })

  test.each([
    ['nobody logged in', {}, 'pass'],
    ['nobody logged in, over TLS', trust, 'pass'],
    ['SCRAM', eve, 'pass'],
    ['MD5', { ...eve, user: 'max' }, 'pass'],
    ['a password in the clear', { ...eve, user: 'paul' }, 'pass'],
    ['trust', { user: 'theo', database: 'postgres' }, 'pass'],
    ['a wrong password', { ...eve, password: 'wrong' }, 'fail postgres.auth'],
    ['a wrong password for MD5', { ...eve, user: 'max', password: 'wrong' }, 'fail postgres.auth'],
    ['no such user', { ...eve, user: 'nobody' }, 'fail postgres.auth'],
    ['no such database', { ...eve, database: 'gone' }, 'fail postgres.error'],
    ['enough rows', { ...eve, query: 'SELECT generate_series(1, 3)', minRows: 3 }, 'pass'],
    ['too few rows', { ...eve, query: 'SELECT 1', minRows: 2 }, 'fail postgres.rows'],
    ['no row', { ...eve, query: 'SELECT 1 WHERE false', expect: '1' }, 'fail postgres.rows'],
    ['another row', { ...eve, query: "SELECT 'a', 'b'", expect: 'b' }, 'fail postgres.rows'],
    ['NULL', { ...eve, query: 'SELECT NULL', expect: 'NULL' }, 'fail postgres.rows'],
    ['a row of no columns', { ...eve, query: 'SELECT', minRows: 1 }, 'pass'],
    ['an empty statement', { ...eve, query: ';' }, 'pass'],
    ['a mistake', { ...eve, query: 'SELEKT 1' }, 'fail postgres.query'],
    ['a copy', { ...eve, query: 'COPY pg_am TO STDOUT' }, 'fail postgres.query'],
    ['too much', { ...eve, query: "SELECT repeat('x', 100000)" }, 'fail postgres.too-big'],
    ['a certificate of nobody', { ...eve, starttls: true }, 'fail tls.untrusted'],
  ])('with %s', async (_name, options, wanted) => {
    for (const at of [target, { ...target, address: '::1', family: 6 } as const]) {
      expect(verdict(await probe(postgres, at, options))).toBe(wanted)
    }
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = postgres.options.parse({ ...eve, ...query })
    await runCheck(postgres, target, options, { timeoutMs: 1000, transcript })
    const text = transcript.lines.join('\n')
    expect(text).not.toContain(eve.password)
    expect(text).toMatch(/> PasswordMessage \*\*\*/)
    expect(text).toMatch(/> SELECT generate_series.*< DataRow 3\n.*< ReadyForQuery\n> Terminate$/s)
  })
})

const ROLES = `CREATE ROLE eve LOGIN PASSWORD 'open-sésame'
CREATE ROLE theo LOGIN
SET password_encryption = 'md5'
CREATE ROLE max LOGIN PASSWORD 'open-sésame'
CREATE ROLE paul LOGIN PASSWORD 'open-sésame'
`

const ACCESS = `host all theo all trust
host all max all md5
host all paul all password
host all all all scram-sha-256
`
