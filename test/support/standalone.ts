import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { Change, TableService } from '../../services/shared/domain/table.ts'
import type { IpvsTable } from '../../services/shared/ports/ipvs-table.ts'
import { silentLogger } from '../../services/shared/runtime/logger.ts'
import { type ApiVerb, api } from '../../services/shared/wire/api.ts'
import type { RealServerStatus, Status } from '../../services/shared/wire/status.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { createStandalone, type Standalone } from '../../services/standalone/compose.ts'

/** A real server for tests: HTTP on a free port of loopback, ill when told. */
export interface TestServer {
  readonly port: number
  status: number
  stop(): Promise<void>
  start(): Promise<void>
}

/** Starts an HTTP server that answers with its `status`. */
export async function startTestServer(): Promise<TestServer> {
  let server: Server
  const handle = {
    port: 0,
    status: 200,
    async start() {
      server = createServer((_, response) => response.writeHead(handle.status).end('ready'))
      await new Promise<void>((resolve) => server.listen(handle.port, '127.0.0.1', resolve))
      const address = server.address()
      if (typeof address === 'object' && address !== null) handle.port = address.port
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await handle.start()
  return handle
}

/** A standalone monitor in this process, with what a test wants to look at. */
export interface TestMonitor {
  readonly standalone: Standalone
  ask<Request, Response>(verb: ApiVerb<Request, Response>, request: Request): Promise<Response>
  status(): Promise<Status>
  server(name: string): Promise<RealServerStatus>
  stop(): Promise<void>
}

/** A folder of its own with a cluster file in it, gone at the end. */
export interface Workplace extends Disposable {
  readonly dir: string
  readonly file: string
  readonly state: string
  readonly socket: string
  write(text: string): void
}

/** Makes a folder for one test. */
export function createWorkplace(): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'warden-'))
  const file = join(dir, 'cluster.yaml')
  return {
    dir,
    file,
    state: join(dir, 'state'),
    socket: join(dir, 's.sock'),
    write: (text) => writeFileSync(file, text),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/**
 * Starts a monitor on a cluster file; several may follow each other on one table and state folder.
 */
export async function startMonitor(
  place: Workplace,
  table: IpvsTable,
  more: { readonly shadow?: boolean } = {},
): Promise<TestMonitor> {
  const bus = createMemoryBus({ stateDir: place.state })
  const standalone = createStandalone(
    { clusterFile: place.file, socketPath: place.socket, name: 'lb1', clearOnExit: false, ...more },
    {
      ...{ bus, table, clock: createSystemClock(), logger: silentLogger },
      sysctls: createMemorySysctlStore(),
    },
  )
  await standalone.start()

  async function ask<Request, Response>(
    verb: ApiVerb<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const subject = apiSubject('test', verb.name)
    return verb.response.decode(await bus.request(subject, verb.request.encode(request), 5000))
  }

  const status = () => ask(api.status, {})
  return {
    standalone,
    ask,
    status,
    async server(name) {
      for (const service of (await status()).services) {
        const found = service.realServers.find(
          (server) => `${service.name}/${server.name}` === name,
        )
        if (found !== undefined) return found
      }
      throw new Error(`no ${name} in the status`)
    },
    stop: () => standalone.stop(),
  }
}

/** A memory table that keeps a list of every change it was asked for. */
export function createRecordingTable(): ReturnType<typeof createMemoryTable> & {
  readonly changes: Change[]
  /** Somebody else puts this service there, row by row as it shall be; not on the list. */
  hold(service: TableService): Promise<void>
} {
  const table = createMemoryTable()
  const changes: Change[] = []
  return {
    ...table,
    changes,
    apply(list) {
      changes.push(...list)
      return table.apply(list)
    },
    async hold({ servers, ...head }) {
      const service = head.address
      await table.apply([
        { type: 'remove-service', service },
        { type: 'add-service', service: head },
        ...servers.map((server) => ({ type: 'add-server' as const, service, server })),
      ])
    },
  }
}
