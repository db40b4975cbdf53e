import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { openHistory } from '../../services/shared/adapters/open-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { Role } from '../../services/shared/domain/access.ts'
import { readHistorySettings } from '../../services/shared/runtime/history-settings.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { createStandalone } from '../../services/standalone/compose.ts'
import { askLocally } from '../support/ask-locally.ts'
import { createWorkplace, startTestServer, type TestServer } from '../support/standalone.ts'

/** The password of everybody that `user` makes. */
export const PASSWORD = 'correct horse battery staple'

/** A standalone monitor with real servers of the tests' own, and its console over HTTPS. */
export interface WebPlace extends AsyncDisposable {
  readonly url: string
  readonly setupLink: string
  readonly servers: ReadonlyMap<string, TestServer>
  user(name: string, role: Role, services?: readonly string[]): Promise<void>
  /** By the local socket, as root would. */
  ask(method: string, path: string, body?: object): Promise<unknown>
}

const SERVERS = ['web1', 'web2', 'web3', 'web4', 'api1', 'api2'] as const

/** Starts it; every real server is well. */
export async function startWebPlace(): Promise<WebPlace> {
  const workplace = createWorkplace()
  const servers = new Map<string, TestServer>()
  for (const name of SERVERS) servers.set(name, await startTestServer())
  workplace.write(clusterText((name) => servers.get(name)?.port ?? 0))
  const clock = createSystemClock()
  const bus = createMemoryBus({ stateDir: workplace.state, clock })
  const history = await openHistory(readHistorySettings({} as never), {
    ...{ stateDir: workplace.state, clock, logger: silentLogger },
  })
  let setupLink = ''
  const standalone = createStandalone(
    {
      ...{ clusterFile: workplace.file, socketPath: workplace.socket, name: 'lb1' },
      clearOnExit: false,
      https: {
        listen: { host: '127.0.0.1', port: 0 },
        certificate: { stateDir: workplace.state },
      },
    },
    {
      ...{ bus, clock, history, logger: silentLogger, table: createMemoryTable() },
      sysctls: createMemorySysctlStore(),
      showSetupLink: (link) => {
        setupLink = link
      },
    },
  )
  await standalone.start()
  const ask = (method: string, path: string, body?: object) =>
    askLocally(workplace.socket, method, path, body)
  return {
    url: new URL(setupLink).origin,
    ...{ setupLink, servers, ask },
    async user(name, role, services) {
      await ask('POST', '/v1/users', {
        ...{ name, role, password: PASSWORD },
        ...(services && { services }),
      })
    },
    async [Symbol.asyncDispose]() {
      await standalone.stop()
      for (const server of servers.values()) await server.stop()
      workplace[Symbol.dispose]()
    },
  }
}

function clusterText(portOf: (name: string) => number): string {
  const member = (name: string, weight: number) =>
    `      ${name}: { port: ${portOf(name)}, weight: ${weight} }`
  return [
    'cluster: test',
    'realServers:',
    ...SERVERS.map((name) => `  ${name}: { address: 127.0.0.1, zone: rack-${name.at(-1)} }`),
    'defaults:',
    '  forwarding: masquerade',
    '  check: { type: http, path: /, interval: 200ms, timeout: 150ms, rise: 1, fall: 1 }',
    'virtualServices:',
    '  web:',
    '    address: 192.0.2.10:80/tcp',
    '    scheduler: wlc',
    '    realServers:',
    ...['web1', 'web2', 'web3', 'web4'].map((name) => member(name, 100)),
    '  api:',
    '    address: 192.0.2.11:443/tcp',
    '    scheduler: wrr',
    '    onFailure: remove',
    '    realServers:',
    ...['api1', 'api2'].map((name) => member(name, 10)),
    '',
  ].join('\n')
}
