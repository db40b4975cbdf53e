import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../probes/check.ts'
import { simpletcp, simpletcps } from '../../probes/simpletcp.ts'
import { makeCertificates } from '../support/certificates.ts'
import {
  type ChildServer,
  freePort,
  skipReason,
  startChildServer,
} from '../support/child-server.ts'
import * as hostile from '../support/hostile-server.ts'
import { probe, verdict, verdictOn } from '../support/probe-run.ts'
import { testHostilePeers, testRealServer } from '../support/real-server-suite.ts'

/** Answers at the end of what the other side says, as a filter does. */
function answersAtTheEnd(text: string): hostile.Behaviour {
  return (socket) => {
    socket.resume()
    socket.on('end', () => socket.end(text))
  }
}

describe('simpletcp() with any peer', () => {
  const options = { send: 'hello', expect: '^ok$' }
  testHostilePeers(simpletcp, options)
  testHostilePeers(simpletcps, options, 'tls')

  test.each([
    ['says it', hostile.saysThenHangs('ok\n'), options, 'pass'],
    ['says it after other lines', hostile.saysThenHangs('a\r\nb\r\nok\r\nc\r\n'), options, 'pass'],
    ['says it without a line end', hostile.saysThenHangs('a\nok'), options, 'pass'],
    ['says it and closes', hostile.saysThenCloses('ok'), options, 'pass'],
    ['waits for our end', answersAtTheEnd('ok\n'), options, 'pass'],
    [
      'waits for our end in vain',
      answersAtTheEnd('ok\n'),
      { ...options, halfClose: false },
      'fail simpletcp.timeout',
    ],
    ['says something else', hostile.saysThenCloses('okay\n'), options, 'fail simpletcp.match'],
    ['says nothing', hostile.saysThenCloses(''), options, 'fail simpletcp.closed'],
    ['says it in Latin', hostile.saysThenHangs('größe\n'), { expect: '^gr[öü]ße$' }, 'pass'],
    [
      'drives the pattern mad',
      hostile.saysThenHangs(`${'a'.repeat(60)}!\n`),
      { expect: '^(a+)+$' },
      'inconclusive local.pattern',
    ],
  ] as const)('with a server that %s', async (_name, behaviour, wantedOf, wanted) => {
    for (const family of [4, 6] as const) {
      const seen = await verdictOn(simpletcp, behaviour, {
        options: wantedOf,
        timeoutMs: 600,
        family,
      })
      expect(seen).toBe(wanted)
    }
  })
})

const NGINX = '/usr/sbin/nginx'
const skipped = skipReason('nginx-light', NGINX)

describe.skipIf(skipped !== '')(`simpletcp() against nginx${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-simpletcp-'))
  const { cert, key, ca } = makeCertificates(dir)
  let child: ChildServer
  const targets: Target[] = []

  beforeAll(async () => {
    const ports = [await freePort(), await freePort()]
    for (const port of ports) targets.push({ address: '127.0.0.1', family: 4, port })
    const config = join(dir, 'nginx.conf')
    writeFileSync(
      config,
      `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/log;
events {}
http {
  access_log off;
  client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c;
  uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
  server {
    listen 127.0.0.1:${ports[0]};
    listen 127.0.0.1:${ports[1]} ssl;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    location / { return 200 "ready\\n"; }
  }
}
`,
    )
    child = await startChildServer([NGINX, '-p', dir, '-c', config], ports[0] ?? 0)
  })
  afterAll(async () => {
    await child?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const options = { send: 'GET / HTTP/1.0\r\n\r\n', expect: '^ready$', halfClose: false }
  function at(which: 0 | 1, more: object = {}) {
    const target = targets[which]
    if (target === undefined) throw new Error('it did not start')
    return { target, child, options: { ...options, ...more } }
  }

  describe('in the clear', () => testRealServer(simpletcp, () => at(0)))
  describe('over TLS', () => testRealServer(simpletcps, () => at(1, { ca, sni: 'shop.test' })))

  test('other content, and a certificate that we do not trust', async () => {
    const { target } = at(0)
    const other = { ...options, expect: '^closed$' }
    expect(verdict(await probe(simpletcp, target, other))).toBe('fail simpletcp.match')
    expect(verdict(await probe(simpletcps, at(1).target, options))).toBe('fail tls.untrusted')
    expect(verdict(await probe(simpletcps, target, options, 800))).toMatch(/^fail tls\./)
  })
})
