import { spawn } from 'node:child_process'

/** Output that is kept for the log. */
const MAX_OUTPUT = 2000

/** How a program ended. */
export interface ProgramEnd {
  readonly ok: boolean
  /** Exit status, where it ended by itself. */
  readonly status?: number
  /** `exit 1: no route`, in one line. */
  readonly detail: string
}

/**
 * Runs a program without a shell in a group of its own, and kills the group at the deadline. Never
 * throws.
 */
export function runProgram(
  path: string,
  options: {
    readonly arguments: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly cwd: string
    /** What it reads on its standard input; nothing by default. */
    readonly input?: string
    /** Aborted at the deadline, and when the agent stops. */
    readonly signal: AbortSignal
  },
): Promise<ProgramEnd> {
  const { environment: env, cwd, input = '', signal } = options
  return new Promise((resolve) => {
    const child = spawn(path, [...options.arguments], {
      env,
      cwd,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // One that does not want to read may end before it has.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    let output = ''
    let isKilled = false
    function hear(chunk: Buffer): void {
      output = (output + chunk.toString('latin1')).slice(-MAX_OUTPUT)
    }
    function kill(): void {
      isKilled = true
      // Its children hold the pipes open: the whole group goes.
      if (child.pid !== undefined) killGroup(child.pid)
    }
    function end(ok: boolean, said: string, status?: number): void {
      signal.removeEventListener('abort', kill)
      const last = output.trim().split('\n').at(-1) ?? ''
      const detail = last === '' ? said : `${said}: ${last}`
      resolve({ ok, detail, ...(status !== undefined && { status }) })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (error) => end(false, `cannot be started: ${error.message}`))
    child.on('close', (status, died) => {
      if (isKilled) end(false, 'killed at its deadline')
      else if (died !== null) end(false, `died of ${died}`)
      else end(status === 0, `exit ${status}`, status ?? undefined)
    })
    if (signal.aborted) kill()
    else signal.addEventListener('abort', kill, { once: true })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
