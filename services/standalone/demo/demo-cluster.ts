import type { DemoServer } from './real-server.ts'
import { startDemoServer } from './real-server.ts'
import { http, pop3, rtsp, smtp } from './speeches.ts'

/** The demo's real servers and the cluster file that describes them. */
export interface DemoCluster {
  readonly servers: ReadonlyMap<string, DemoServer>
  /** Text of the cluster file. */
  readonly text: string
  close(): Promise<void>
}

const SERVICES = [
  {
    name: 'web',
    address: '192.0.2.10:80/tcp',
    speech: http,
    check: '{ type: http, path: /health, expect: { body: ready } }',
    servers: { web1: 100, web2: 100, web3: 50 },
  },
  {
    name: 'mail',
    address: '192.0.2.10:25/tcp',
    speech: smtp,
    check: '{ type: smtp }',
    servers: { mx1: 100, mx2: 100 },
  },
  {
    name: 'pop',
    address: '192.0.2.10:110/tcp',
    speech: pop3,
    check: '{ type: pop3 }',
    servers: { pop1: 100, pop2: 100 },
  },
  {
    name: 'media',
    address: '192.0.2.11:554/tcp',
    speech: rtsp,
    check: '{ type: rtsp }',
    servers: { media1: 100, media2: 50 },
  },
] as const

/** Starts every real server on a free port of loopback. */
export async function startDemoCluster(): Promise<DemoCluster> {
  const servers = new Map<string, DemoServer>()
  for (const { servers: names, speech } of SERVICES) {
    for (const name of Object.keys(names)) servers.set(name, await startDemoServer(name, speech))
  }
  return {
    servers,
    text: clusterText(servers),
    async close() {
      for (const server of servers.values()) await server.close()
    },
  }
}

function clusterText(servers: ReadonlyMap<string, DemoServer>): string {
  const lines = [
    'cluster: demo',
    'defaults:',
    '  scheduler: wlc',
    '  forwarding: masquerade',
    '  check: { interval: 1s, fastInterval: 300ms, timeout: 500ms, rise: 2, fall: 3 }',
    'realServers:',
    ...[...servers.keys()].map((name) => `  ${name}: 127.0.0.1`),
    'virtualServices:',
  ]
  for (const { name, address, check, servers: weights } of SERVICES) {
    lines.push(`  ${name}:`, `    address: ${address}`, `    check: ${check}`, '    realServers:')
    for (const [server, weight] of Object.entries(weights)) {
      lines.push(`      ${server}: { weight: ${weight}, port: ${servers.get(server)?.port} }`)
    }
  }
  return `${lines.join('\n')}\n`
}
