import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChildServer, freePort, skipReason, startChildServer } from './child-server.ts'

/** The program under test; LVS_WARDEN_TEST_NATS_SERVER names another than Debian's. */
export const natsProgram = process.env['LVS_WARDEN_TEST_NATS_SERVER'] ?? '/usr/sbin/nats-server'

/** For the title of a suite: empty, or why it is skipped. */
export const natsSkipReason = skipReason('nats-server', natsProgram)

/** What a test server is made with. */
export interface NatsServerOptions {
  /** Lines of configuration more: `authorization { … }`, `tls { … }`, `max_payload: 1KB`. */
  readonly config?: string
  /** Files beside the configuration, for it to include, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** A free port by default. */
  readonly port?: number
  /** All of this machine's addresses in place of loopback, for clients in other namespaces. */
  readonly host?: string
}

/** A nats-server with JetStream in a folder of its own. */
export interface NatsServer {
  /** `nats://127.0.0.1:port`. */
  readonly url: string
  readonly port: number
  readonly dir: string
  /** What it printed so far. */
  output(): string
  start(): Promise<void>
  /** Stops it, if it runs; by force with `SIGKILL`. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Stops and starts it on the same port with the same storage, or with none. */
  restart(options?: { readonly empty?: boolean }): Promise<void>
  /** It holds its connections and says nothing, until `resume`; resolves when it has stopped. */
  pause(): Promise<void>
  resume(): void
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** Starts a server and waits until it listens. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { config = '', files = {}, host = '127.0.0.1' } = options
  const port = options.port ?? (await freePort())
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-nats-'))
  const storeDir = join(dir, 'store')
  const configFile = join(dir, 'nats.conf')
  let child: ChildServer | undefined
  let printed = ''
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  writeFileSync(
    configFile,
    `listen: "${host}:${port}"
jetstream { store_dir: "${storeDir}", max_mem: 64M, max_file: 512M }
${config}
`,
  )

  async function start(): Promise<void> {
    mkdirSync(storeDir, { recursive: true })
    child = await startChildServer([natsProgram, '-c', configFile], port)
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const present = child
    child = undefined
    if (present === undefined) return
    if (signal === 'SIGKILL') present.child.kill(signal)
    present.child.kill('SIGCONT')
    await present.stop()
    printed += present.output()
  }

  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    dir,
    output: () => printed + (child?.output() ?? ''),
    start,
    stop,
    async restart({ empty = false } = {}) {
      await stop()
      if (empty) rmSync(storeDir, { recursive: true, force: true })
      await start()
    },
    async pause() {
      child?.child.kill('SIGSTOP')
      while (!isStopped(child?.child.pid)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    resume: () => {
      child?.child.kill('SIGCONT')
    },
    async remove() {
      await stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** On a busy machine the threads of a process stop some time after the signal. */
function isStopped(pid: number | undefined): boolean {
  if (pid === undefined) return true
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.every((thread) =>
    /^State:\s+T/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  )
}
