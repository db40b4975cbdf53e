import { type ChildProcess, spawn } from 'node:child_process'
import type { Deadline } from './check.ts'

/** Bytes of output that are kept; the rest is read and dropped. */
const OUTPUT_LIMIT = 4096
/** How long a program's leftovers may hold its output open after its end, in milliseconds. */
const LEFTOVERS_MS = 100

/** How a program ended. */
export type ChildEnd = { readonly output: string } & (
  | { readonly type: 'exit'; readonly status: number }
  | { readonly type: 'signal'; readonly signal: string }
  | { readonly type: 'timeout' }
  | { readonly type: 'not-started'; readonly code: string }
)

/** What is kept of a program's output. */
export interface OutputOptions {
  /** Bytes that are kept; 4096 by default. */
  readonly limit?: number
  /** Standard error is read and dropped, because the first line of output means something. */
  readonly isStdoutOnly?: boolean
}

/** Runs a program in a process group of its own; at the deadline the whole group is killed. */
export function runChild(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  deadline: Deadline,
  kept: OutputOptions = {},
): Promise<ChildEnd> {
  const [program = '', ...args] = argv
  return new Promise((resolve) => {
    const child = start(program, args, env)
    if (child instanceof Error)
      return resolve({ type: 'not-started', output: '', code: codeOf(child) })
    const output = collect(child, kept)
    let leftovers: NodeJS.Timeout | undefined
    const finish = (end: (text: string) => ChildEnd): void => {
      unlisten()
      clearTimeout(leftovers)
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve(end(output()))
    }
    const unlisten = deadline.onExpire(() => {
      killGroup(child)
      finish((text) => ({ type: 'timeout', output: text }))
    })
    child.on('error', (error) => {
      finish((text) => ({ type: 'not-started', output: text, code: codeOf(error) }))
    })
    child.on('exit', (status, signal) => {
      const end = (text: string): ChildEnd =>
        status === null
          ? { type: 'signal', output: text, signal: signal ?? 'an unknown signal' }
          : { type: 'exit', output: text, status }
      child.on('close', () => finish(end))
      leftovers = setTimeout(() => {
        killGroup(child)
        finish(end)
      }, LEFTOVERS_MS)
    })
  })
}

/** Most failures to start come as events, some (too long arguments) are thrown. */
function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess | Error {
  try {
    return spawn(program, args, {
      cwd: '/',
      detached: true,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function collect(
  child: ChildProcess,
  { limit = OUTPUT_LIMIT, isStdoutOnly = false }: OutputOptions,
): () => string {
  const kept: Buffer[] = []
  let room = limit
  const take = (bytes: Buffer): void => {
    if (room > 0) kept.push(bytes.subarray(0, room))
    room -= bytes.length
  }
  child.stdout?.on('data', take)
  if (isStdoutOnly) child.stderr?.resume()
  else child.stderr?.on('data', take)
  return () => Buffer.concat(kept).toString()
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone already.
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message
}
