import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redis, rediss } from '../../probes/redis.ts'
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
import { type RealServer, testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const REDIS = '/usr/bin/redis-server'
const skipped = skipReason('redis-server', REDIS)

describe('redis() with peers that are no Redis', () => {
  testHostilePeers(redis, {})
  testHostilePeers(rediss, {}, 'tls')

  test.each([
    ['is loading its data', '-LOADING Redis is loading the dataset in memory\r\n', 'redis.loading'],
    ['lost its master', '-MASTERDOWN Link with MASTER is down\r\n', 'redis.master-down'],
    ['does not know PING', '-ERR unknown command\r\n', 'redis.error'],
    ['answers something else', '+PANG\r\n', 'redis.reply'],
    ['says how long it will talk', '$999999999\r\n', 'redis.timeout'],
    ['opens arrays without end', '*1\r\n'.repeat(100), 'redis.garbage'],
    ['announces too many', '*99999999999\r\n', 'redis.garbage'],
    ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'redis.garbage'],
  ])('with a server that %s', async (_name, answer, code) => {
    const seen = await verdictOn(redis, answersThenResets(answer), { timeoutMs: 250 })
    expect(seen).toBe(`fail ${code}`)
  })

  test('refuses a user without a password', () => {
    expect(redis.options.safeParse({ user: 'eve' }).success).toBe(false)
    expect(rediss.options.safeParse({ user: 'eve' }).success).toBe(false)
  })

  test('does not hand its password to a place it cannot read it from', async () => {
    const outcome = await probe(
      redis,
      { address: '127.0.0.1', family: 4, port: 1 },
      { password: { env: 'LVS_WARDEN_NO_SUCH_VARIABLE' } },
    )
    expect(verdict(outcome)).toBe('inconclusive local.secret')
  })
})

describe.skipIf(skipped !== '')(`redis() against Redis${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-redis-'))
  const certificates = makeCertificates(dir)
  let child: ChildServer
  let plain: RealServer
  let overTls: RealServer

  beforeAll(async () => {
    const [port, tlsPort] = [await freePort(), await freePort()]
    writeFileSync(
      join(dir, 'redis.conf'),
      `bind 127.0.0.1
port ${port}
tls-port ${tlsPort}
tls-cert-file ${certificates.cert}
tls-key-file ${certificates.key}
tls-ca-cert-file ${certificates.ca}
tls-auth-clients no
dir ${dir}
save ""
user default on nopass +@all -acl ~*
user eve on >open-sesame +get +exists +ping ~*
`,
    )
    child = await startChildServer([REDIS, join(dir, 'redis.conf')], port)
    const at = { address: '127.0.0.1', family: 4 } as const
    const login = { user: 'eve', password: 'open-sesame' }
    plain = { target: { ...at, port }, child, options: { ...login, command: ['EXISTS', 'gone'] } }
    const trust = { ca: certificates.ca, sni: 'shop.test' }
    overTls = { target: { ...at, port: tlsPort }, child, options: { ...login, ...trust } }
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  testRealServer(redis, () => plain)
  describe('over TLS', () => testRealServer(rediss, () => overTls))

  test('answers PING with PONG', async () => {
    const outcome = await probe(redis, plain.target)
    expect(outcome).toEqual({ outcome: 'pass', detail: 'PING: PONG' })
  })

  test.each([
    ['a reply that matches', { command: ['ECHO', 'héllo\r\n'], expect: '^héllo$' }, 'pass'],
    ['a forbidden command', { command: ['ACL', 'CAT'] }, 'fail redis.auth'],
    ['members of an array', { command: ['CONFIG', 'GET', 'port'], expect: '^port$' }, 'pass'],
    ['a missing key', { command: ['GET', 'gone'], expect: '^\\(nil\\)$' }, 'pass'],
    ['another number', { command: ['EXISTS', 'gone'], expect: '^1$' }, 'fail redis.reply'],
    ['no such command', { command: ['FROBNICATE'] }, 'fail redis.error'],
    ['a wrong password', { user: 'eve', password: 'wrong' }, 'fail redis.auth'],
    ['no right', { user: 'eve', password: 'open-sesame', command: ['TIME'] }, 'fail redis.auth'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(redis, plain.target, options))).toBe(wanted)
  })

  test('a server that wants a password first is alive, but answers no command', async () => {
    await probe(redis, plain.target, { command: ['CONFIG', 'SET', 'requirepass', 'hush'] })
    expect(verdict(await probe(redis, plain.target))).toBe('pass')
    expect(verdict(await probe(redis, plain.target, { expect: 'PONG' }))).toBe('fail redis.auth')
    expect(verdict(await probe(redis, plain.target, { password: 'hush' }))).toBe('pass')
    const reset = ['CONFIG', 'SET', 'requirepass', '']
    await probe(redis, plain.target, { password: 'hush', command: reset })
  })

  test('TLS to the plain port, and the reverse', async () => {
    expect(verdict(await probe(rediss, plain.target, {}, 500))).toMatch(/^fail tls\./)
    expect(verdict(await probe(redis, overTls.target, {}, 500))).toMatch(/^fail redis\./)
    expect(verdict(await probe(rediss, overTls.target))).toBe('fail tls.untrusted')
  })

  test('shows the dialogue without the password', async () => {
    const transcript = new TranscriptRecorder()
    const options = redis.options.parse(plain.options)
    await runCheck(redis, plain.target, options, { timeoutMs: 1000, transcript })
    expect(transcript.lines).toEqual(['> AUTH eve ***', '< OK', '> EXISTS gone', '< 0'])
  })
})
