import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChildServer, freePort, startChildServer } from './child-server.ts'

/** An InfluxDB of its own for a test, in a folder that goes with it. */
export interface InfluxServer {
  readonly url: string
  readonly port: number
  readonly dir: string
  /** Runs InfluxQL as its admin and returns what it says. */
  query(statement: string, database?: string): Promise<InfluxReply>
  /** Ends the process; the data stay. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  dispose(): Promise<void>
}

/** The answer of /query. */
export interface InfluxReply {
  readonly results: readonly {
    readonly error?: string
    readonly series?: readonly {
      readonly name: string
      readonly tags?: Readonly<Record<string, string>>
      readonly columns: readonly string[]
      readonly values: readonly (readonly (string | number | null)[])[]
    }[]
  }[]
}

/** How a test wants it. */
export interface InfluxOptions {
  /** Demands a log-in; the admin is `admin` with the password `admin`. */
  readonly withLogin?: boolean
  /** Where its data are, instead of a folder of its own. */
  readonly dir?: string
  /** Most series a database may have. */
  readonly maxSeries?: number
}

/** Starts Debian's influxd on a free port. */
export async function startInflux(options: InfluxOptions = {}): Promise<InfluxServer> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'warden-influx-'))
  const port = await freePort()
  const config = join(dir, 'influxdb.conf')
  writeFileSync(config, configOf(dir, port, await freePort(), options))
  const url = `http://127.0.0.1:${port}`
  let child: ChildServer | undefined

  const server: InfluxServer = {
    url,
    port,
    dir,
    async query(statement, database = '') {
      const body = new URLSearchParams({ q: statement, db: database, epoch: 'ms' })
      const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`
      const headers = options.withLogin === true ? { authorization } : {}
      const reply = await fetch(`${url}/query`, { method: 'POST', body, headers })
      return (await reply.json()) as InfluxReply
    },
    async start() {
      child = await startChildServer(['influxd', 'run', '-config', config], port)
    },
    async stop(signal = 'SIGTERM') {
      if (signal === 'SIGKILL') child?.child.kill('SIGKILL')
      await child?.stop()
      child = undefined
    },
    async dispose() {
      await server.stop()
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
  await server.start()
  if (options.withLogin === true) {
    await server.query("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES")
  }
  return server
}

function configOf(dir: string, port: number, rpcPort: number, options: InfluxOptions): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  index-version = "inmem"
  max-series-per-database = ${options.maxSeries ?? 1_000_000}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${options.withLogin === true}
  log-enabled = false
[logging]
  level = "warn"
`
}
