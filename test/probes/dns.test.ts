import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { dns } from '../../probes/dns.ts'
import { runCheck } from '../../probes/run-check.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import { closedPort } from '../support/hostile-server.ts'
import { probe, TranscriptRecorder, verdict } from '../support/probe-run.ts'
import { type RealServer, testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

const NAMED = '/usr/sbin/named'
const skipped = skipReason('bind9', NAMED)

/** What a server makes of a query, over UDP. */
type Answer = (query: Buffer) => Buffer | undefined

async function verdictOnAnswer(answer: Answer, options: unknown = {}, family: 4 | 6 = 4) {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
  const address = family === 4 ? '127.0.0.1' : '::1'
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  socket.on('message', (query, from) => {
    const bytes = answer(query)
    if (bytes !== undefined) socket.send(bytes, from.port, from.address)
  })
  const target = { address, family, port: socket.address().port }
  const outcome = await probe(dns, target, options, 250)
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return verdict(outcome)
}

/** The query as a response without records; `change` spoils it. */
function echo(query: Buffer, change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.from(query)
  bytes.writeUInt16BE(0x8180, 2)
  change(bytes)
  return bytes
}

describe('dns() with peers that are no name server', () => {
  testHostilePeers(dns, { transport: 'tcp' })

  test.each<readonly [string, Answer, string]>([
    ['answers with no records', (query) => echo(query), 'pass'],
    ['never answers', () => undefined, 'fail dns.timeout'],
    [
      'answers somebody else',
      (query) => echo(query, (b) => b.writeUInt8(b.readUInt8() ^ 1)),
      'dns.timeout',
    ],
    ['answers another question', (query) => echo(query, (b) => b.fill(1, 14, 15)), 'dns.question'],
    ['sends the query back', (query) => query, 'fail dns.garbage'],
    ['answers with two bytes', (query) => query.subarray(0, 2), 'fail dns.garbage'],
    ['announces records and has none', (query) => echo(query, (b) => b.fill(9, 6, 8)), 'garbage'],
    ['refuses', (query) => echo(query, (b) => b.fill(0x85, 3, 4)), 'fail dns.rcode'],
    ['refuses with a head alone', (query) => head(query, 0x8185), 'fail dns.rcode'],
    ['says yes with a head alone', (query) => head(query, 0x8180), 'fail dns.question'],
    ['points a name at itself', (query) => loop(query), 'fail dns.garbage'],
  ])('a server that %s', async (_name, answer, wanted) => {
    for (const family of [4, 6] as const) {
      expect(await verdictOnAnswer(answer, {}, family)).toContain(wanted)
    }
  })

  test('a closed port is a failure at once, by the word of ICMP', async () => {
    for (const family of [4, 6] as const) {
      const outcome = await probe(dns, await closedPort(family))
      expect(verdict(outcome)).toBe('fail connect.refused')
    }
  })
})

function head(query: Buffer, flags: number): Buffer {
  const bytes = Buffer.alloc(12)
  query.copy(bytes, 0, 0, 2)
  bytes.writeUInt16BE(flags, 2)
  return bytes
}

/** An answer whose owner is a pointer to itself (RFC 1035 section 4.1.4). */
function loop(query: Buffer): Buffer {
  const bytes = echo(query.subarray(0, 17))
  bytes.writeUInt16BE(1, 6)
  bytes.writeUInt16BE(0, 10)
  return Buffer.concat([bytes, Buffer.of(0xc0, 17, 0, 6, 0, 1, 0, 0, 0, 0, 0, 0)])
}

describe.skipIf(skipped !== '')(`dns() against BIND${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-dns-'))
  let child: ChildServer
  let target: Target
  let real: RealServer

  beforeAll(async () => {
    const port = await freePort()
    target = { address: '127.0.0.1', family: 4, port }
    writeFileSync(join(dir, 'zone'), ZONE)
    writeFileSync(
      join(dir, 'named.conf'),
      `options {
  directory "${dir}";
  pid-file "${dir}/pid";
  session-keyfile "${dir}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 port ${port} { ::1; };
  recursion no;
  dnssec-validation no;
};
controls { };
zone "shop.test" { type primary; file "${dir}/zone"; };
`,
    )
    child = await startChildServer([NAMED, '-g', '-n', '1', '-c', join(dir, 'named.conf')], port)
    const options = { question: 'www.shop.test', recordType: 'A', transport: 'tcp', expect: '.' }
    real = { target, child, options }
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  describe('over TCP', () => testRealServer(dns, () => real))

  const data: readonly (readonly [string, string, string])[] = [
    ['A', 'www', '192.0.2.10'],
    ['AAAA', 'www', '2001:db8::10'],
    ['CNAME', 'alias', 'www.shop.test.'],
    ['A', 'alias', '192.0.2.10'],
    ['MX', '', '10 mail.shop.test.'],
    ['NS', '', 'ns.shop.test.'],
    ['SOA', '', 'ns.shop.test. admin\\.a.shop.test. 7 3600 600 86400 60'],
    ['TXT', 'text', '"v=spf1 -all" "a\\"b\\\\c\\195\\164"'],
    ['SRV', '_sip._udp', '1 2 5060 sip.shop.test.'],
    ['CAA', '', '0 issue "ca.example.net"'],
    ['PTR', 'ptr', 'www.shop.test.'],
    ['TYPE65280', 'odd', '\\# 4 0a000001'],
    ['SSHFP', 'key', '\\# 22 0101123456789abcdef67890123456789abcdef67890'],
  ]
  test.each(data)('reads %s of %s as a zone file has it', async (recordType, name, text) => {
    const question = name === '' ? 'shop.test' : `${name}.shop.test.`
    for (const transport of ['udp', 'tcp']) {
      const options = { question, recordType, transport, records: [text.toUpperCase()] }
      const outcome = await probe(dns, target, options)
      expect(outcome).toMatchObject({ outcome: 'pass' })
      expect(outcome.detail).toContain(text)
    }
  })

  const www = { question: 'www.shop.test', recordType: 'A' }
  test.each([
    ['a record that matches', { ...www, expect: '^192\\.0\\.2\\.1' }, 'pass'],
    ['capitals in the question', { ...www, question: 'WWW.Shop.test.', expect: '^192' }, 'pass'],
    ['both addresses', { ...www, records: ['192.0.2.11', '192.0.2.10'] }, 'pass'],
    ['an address too many', { ...www, records: ['192.0.2.10', '192.0.2.9'] }, 'fail dns.answer'],
    ['another address', { ...www, expect: '^10\\.' }, 'fail dns.answer'],
    ['no such record', { ...www, recordType: 'MX', expect: '.' }, 'fail dns.empty'],
    ['no such record, and none wanted', { ...www, recordType: 15 }, 'pass'],
    ['no such name', { question: 'gone.shop.test' }, 'fail dns.rcode'],
    ['a name that must not be', { question: 'gone.shop.test', rcode: ['NXDOMAIN'] }, 'pass'],
    ['a zone it does not serve', { question: 'example.net' }, 'fail dns.rcode'],
    ['every type', { ...www, recordType: 'ANY', transport: 'tcp', expect: '2001:db8::10' }, 'pass'],
  ])('with %s', async (_name, options, wanted) => {
    expect(verdict(await probe(dns, target, options))).toBe(wanted)
    const over6 = await probe(dns, { ...target, address: '::1', family: 6 }, options)
    expect(verdict(over6)).toBe(wanted)
  })

  test('an answer that is cut short is judged by what came, over TCP by the whole', async () => {
    const big = { question: 'big.shop.test', recordType: 'TXT' }
    expect(verdict(await probe(dns, target, big))).toBe('pass')
    const last = { ...big, expect: '^"99x' }
    expect(verdict(await probe(dns, target, last))).toBe('fail dns.truncated')
    expect(verdict(await probe(dns, target, { ...last, transport: 'tcp' }))).toBe('pass')
  })

  test('hangs over UDP', async () => {
    const pid = child.child.pid ?? 0
    process.kill(-pid, 'SIGSTOP')
    const outcome = await probe(dns, target, www, 300)
    process.kill(-pid, 'SIGCONT')
    expect(verdict(outcome)).toBe('fail dns.timeout')
  })

  test('shows question and answer as dig does', async () => {
    const transcript = new TranscriptRecorder()
    const options = dns.options.parse({ ...www, question: 'alias.shop.test' })
    await runCheck(dns, target, options, { timeoutMs: 1000, transcript })
    expect(transcript.lines[0]).toBe('> alias.shop.test. IN A')
    expect(transcript.lines[1]).toMatch(/^< NOERROR\n.* IN CNAME www\.shop\.test\.\n.* IN A 192/)
  })
})

const ZONE = `$TTL 60
@ IN SOA ns admin\\.a 7 3600 600 86400 60
@ IN NS ns
@ IN MX 10 mail
@ IN CAA 0 issue "ca.example.net"
ns IN A 127.0.0.1
mail IN A 192.0.2.20
www IN A 192.0.2.10
www IN A 192.0.2.11
www IN AAAA 2001:db8::10
alias IN CNAME www
ptr IN PTR www
text IN TXT "v=spf1 -all" "a\\"b\\\\c\\195\\164"
_sip._udp IN SRV 1 2 5060 sip
odd IN TYPE65280 \\# 4 0a000001
key IN SSHFP 1 1 123456789abcdef67890123456789abcdef67890
${Array.from({ length: 100 }, (_, index) => `big IN TXT "${index}${'x'.repeat(40)}"`).join('\n')}
`
