import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { radius } from '../../probes/radius.ts'
import { runCheck } from '../../probes/run-check.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import { closedPort } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'

const FREERADIUS = '/usr/sbin/freeradius'
const DICTIONARY = '/usr/share/freeradius/dictionary'
const skipped = skipReason('freeradius', FREERADIUS, DICTIONARY)

describe('radius() with peers that are no RADIUS server', () => {
  test.each<readonly [string, (request: Buffer) => Buffer | undefined, string]>([
    ['never answers', () => undefined, 'fail radius.timeout'],
    ['sends the request back', (request) => request, 'fail radius.authenticator'],
    ['accepts without the secret', accept, 'fail radius.authenticator'],
    ['answers another request', (request) => spoil(accept(request), 1), 'fail radius.timeout'],
    ['lies about its length', (request) => spoil(accept(request), 2), 'fail radius.garbage'],
    ['answers with one byte', () => Buffer.of(2), 'fail radius.garbage'],
    ['has an attribute without length', (request) => withAttribute(request, 0), 'radius.garbage'],
    ['has an attribute that is too long', (request) => withAttribute(request, 9), 'garbage'],
  ])('a server that %s', async (_name, answer, wanted) => {
    for (const family of [4, 6] as const) {
      expect(await verdictOnAnswer(answer, family)).toContain(wanted)
    }
  })

  test('on a closed port', async () => {
    for (const family of [4, 6] as const) {
      const outcome = await probe(radius, await closedPort(family), { secret: 'x' })
      expect(verdict(outcome)).toBe('fail connect.refused')
    }
  })

  test('does not ask with a password that no packet can hold', async () => {
    const options = { secret: 'x', password: 'x'.repeat(129) }
    const outcome = await probe(radius, await closedPort(), options)
    expect(verdict(outcome)).toBe('inconclusive local.secret')
  })
})

async function verdictOnAnswer(answer: (request: Buffer) => Buffer | undefined, family: 4 | 6) {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
  const address = family === 4 ? '127.0.0.1' : '::1'
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  socket.on('message', (request, from) => {
    const bytes = answer(request)
    if (bytes !== undefined) socket.send(bytes, from.port, from.address)
  })
  const target = { address, family, port: socket.address().port }
  const outcome = await probe(radius, target, { secret: 'x' }, 200)
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return verdict(outcome)
}

/** An Access-Accept from somebody who does not know the secret. */
function accept(request: Buffer): Buffer {
  const answer = Buffer.from(request.subarray(0, 20))
  answer[0] = 2
  answer.writeUInt16BE(20, 2)
  return answer
}

function spoil(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 0x80
  return bytes
}

function withAttribute(request: Buffer, size: number): Buffer {
  const answer = Buffer.concat([accept(request), Buffer.of(18, size)])
  answer.writeUInt16BE(22, 2)
  return answer
}

describe.skipIf(skipped !== '')(`radius() against FreeRADIUS${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-radius-'))
  let child: ChildServer
  let target: Target

  beforeAll(async () => {
    const port = await freePort()
    target = { address: '127.0.0.1', family: 4, port }
    symlinkSync(DICTIONARY, join(dir, 'dictionary'))
    writeFileSync(join(dir, 'users'), USERS)
    writeFileSync(join(dir, 'radiusd.conf'), configuration(dir, port))
    child = await startChildServer([FREERADIUS, '-f', '-l', 'stdout', '-d', dir], port)
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const bob = { secret: 'between-us', user: 'bob', password: 'a password of over sixteen bytes' }
  test.each([
    ['accepts the user', bob, 'pass'],
    ['refuses a wrong password', { ...bob, password: 'wrong' }, 'fail radius.reject'],
    ['refuses it as it should', { ...bob, password: 'wrong', expect: 'reject' }, 'pass'],
    ['refuses it, and lives', { ...bob, password: 'wrong', expect: 'any' }, 'pass'],
    ['accepts whom it should not', { ...bob, expect: 'reject' }, 'fail radius.answer'],
    ['does not know the user', { secret: 'between-us' }, 'fail radius.reject'],
    ['has another secret', { ...bob, secret: 'another' }, 'fail radius.timeout'],
  ])('%s', async (_name, options, wanted) => {
    for (const at of [target, { ...target, address: '::1', family: 6 } as const]) {
      expect(verdict(await probe(radius, at, options, 1700))).toBe(wanted)
    }
  })

  test('hangs, and lives again', async () => {
    const pid = child.child.pid ?? 0
    process.kill(-pid, 'SIGSTOP')
    const hung = await probe(radius, target, bob, 300)
    process.kill(-pid, 'SIGCONT')
    expect(verdict(hung)).toBe('fail radius.timeout')
    expect(verdict(await probe(radius, target, bob))).toBe('pass')
  })

  test('shows who is asked about, without the password', async () => {
    const transcript = new TranscriptRecorder()
    await runCheck(radius, target, radius.options.parse(bob), { timeoutMs: 1000, transcript })
    expect(transcript.lines[0]).toBe('> Access-Request User-Name=bob User-Password=***')
    expect(transcript.lines.at(-1)).toBe('* Access-Accept: hello bob')
  })
})

const USERS = `bob Cleartext-Password := "a password of over sixteen bytes"
\tReply-Message = "hello bob"
`

function configuration(dir: string, port: number): string {
  const listeners = ['ipaddr = 127.0.0.1', 'ipv6addr = ::1', 'ipaddr = 127.0.0.1\nproto = tcp']
  const listen = listeners.map((at) => `listen {\ntype = auth\n${at}\nport = ${port}\n}\n`)
  return `prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${dir}
run_dir = ${dir}
raddbdir = ${dir}
modconfdir = ${dir}
pidfile = ${dir}/pid
security {
  allow_core_dumps = no
}
thread pool {
  start_servers = 1
  max_servers = 4
}
client here {
  ipaddr = 127.0.0.1
  proto = *
  secret = between-us
}
client here6 {
  ipv6addr = ::1
  secret = between-us
}
modules {
  pap {
  }
  files {
    filename = ${dir}/users
  }
}
server default {
  ${listen.join('')}
  authorize {
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
`
}
