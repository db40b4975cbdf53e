import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'

/** A server of another program, run as a child for a test. */
export interface ChildServer {
  readonly child: ChildProcess
  /** What it printed so far. */
  output(): string
  stop(): Promise<void>
}

/** How long a server may take to listen, in milliseconds. */
const START_LIMIT_MS = 20_000

/** Starts a program and waits until it listens on this port of loopback. */
export function startChildServer(
  argv: readonly string[],
  port: number,
  host = '127.0.0.1',
): Promise<ChildServer> {
  return startChildProcess(argv, () => answers(host, port))
}

/** Starts a program and waits until it is up by this account, for servers without TCP. */
export async function startChildProcess(
  argv: readonly string[],
  isUp: () => Promise<boolean>,
): Promise<ChildServer> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let text = ''
  const keep = (bytes: Buffer): void => {
    text = (text + bytes.toString()).slice(-8192)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const gone = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
    child.on('error', (error) => {
      text += error.message
      resolve()
    })
  })
  const server: ChildServer = {
    child,
    output: () => text,
    async stop() {
      signalGroup(child, 'SIGTERM')
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 3000)
      await gone
      clearTimeout(timer)
    },
  }
  for (const end = Date.now() + START_LIMIT_MS; !(await isUp()); ) {
    if (child.exitCode !== null || Date.now() > end) {
      await server.stop()
      throw new Error(`${argv.join(' ')} does not come up:\n${text}`)
    }
  }
  return server
}

/** A port of loopback that was free a moment ago. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, host, () => {
      const bound = server.address()
      const port = bound !== null && typeof bound === 'object' ? bound.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** For the title of a suite that needs files of Debian packages: empty, or why it is skipped. */
export function skipReason(packageName: string, ...files: readonly string[]): string {
  const missing = files.find((file) => !existsSync(file))
  return missing === undefined ? '' : ` (skipped: no ${missing}; install ${packageName})`
}

/** Servers that fork are a group of their own. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it is gone already.
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => setTimeout(() => resolve(false), 50))
  })
}
