import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { makeCertificates } from '../support/certificates.ts'
import type { Bench, Measure } from './bench.ts'
import { bareConnect, bareDatagram, bareDialogue, bareHandshake } from './checks-bare.ts'
import { checkRun, type Peers, startPeers } from './checks-client.ts'
import { compare } from './checks-cost.ts'
import { measureCrowd } from './checks-crowd.ts'
import { measureEchoes } from './checks-echoes.ts'

const MOST_OF_SOCKET = 2.5
const MOST_OF_HANDSHAKE = 1.2

/** What checks cost beside Node's sockets without them, and how many one worker bears. */
export const bench: Bench = {
  name: 'checks',
  summary: 'CPU of checks beside bare sockets doing the same; 5,000 in flight; ICMP beside fping',
  async run() {
    const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-checks-'))
    try {
      const certificates = makeCertificates(dir)
      const peers = await startPeers(certificates, 0)
      const costs = await measureCosts(peers, certificates.ca).finally(() => peers.stop())
      return [...costs, ...(await measureEchoes()), ...(await measureCrowd(certificates))]
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

async function measureCosts({ ports }: Peers, ca: string): Promise<readonly Measure[]> {
  const secureContext = createSecureContext({ ca: readFileSync(ca) })
  const mail = { lastWords: 'QUIT\r\n' }
  const smtp = {
    ...mail,
    port: ports.smtp,
    steps: [{ until: '\r\n', say: 'EHLO lvs-warden.invalid\r\n' }],
    until: '250 HELP\r\n',
  }
  const pop3 = {
    ...mail,
    port: ports.pop3,
    steps: [{ until: '\r\n', say: 'CAPA\r\n' }],
    until: '\r\n.\r\n',
  }
  const redis = {
    port: ports.redis,
    steps: [{ say: '*1\r\n$4\r\nPING\r\n' }],
    until: '+PONG\r\n',
    lastWords: '*1\r\n$4\r\nQUIT\r\n',
  }
  const http = {
    port: ports.http,
    steps: [{ say: 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' }],
    until: 'ready\n',
    lastWords: '',
  }
  const sockets = [
    ['tcp', checkRun('tcp', ports.tcp), bareConnect(ports.tcp)],
    ['http', checkRun('http', ports.http, { expect: { body: 'ready' } }), bareDialogue(http)],
    ['smtp', checkRun('smtp', ports.smtp), bareDialogue(smtp)],
    ['pop3', checkRun('pop3', ports.pop3), bareDialogue(pop3)],
    ['redis', checkRun('redis', ports.redis), bareDialogue(redis)],
    ['udp', checkRun('udp', ports.udp, { send: 'x', reply: '^x$' }), bareDatagram(ports.udp, 'x')],
  ] as const
  const measures: Measure[] = []
  for (const [kind, ours, bare] of sockets) {
    measures.push(
      await compare({ what: kind, ours, bare, to: 'bare socket', most: MOST_OF_SOCKET }),
    )
  }
  const https = {
    what: 'https, one shared security context',
    ours: checkRun('https', ports.https, { ca }),
    bare: bareHandshake(ports.https, secureContext),
    to: 'bare TLS handshake',
    most: MOST_OF_HANDSHAKE,
  }
  return [...measures, await compare(https)]
}
