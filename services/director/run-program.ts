import { spawn } from 'node:child_process'

/** Output that is kept for the log. */
const MAX_OUTPUT = 2000

/** How a program ended. */
export interface ProgramEnd {
  readonly ok: boolean
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
    /** Aborted at the deadline, and when the agent stops. */
    readonly signal: AbortSignal
  },
): Promise<ProgramEnd> {
  const { environment: env, cwd, signal } = options
  return new Promise((resolve) => {
    const child = spawn(path, [...options.arguments], {
      env,
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
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
    function end(ok: boolean, said: string): void {
      signal.removeEventListener('abort', kill)
      const last = output.trim().split('\n').at(-1) ?? ''
      resolve({ ok, detail: last === '' ? said : `${said}: ${last}` })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (error) => end(false, `cannot be started: ${error.message}`))
    child.on('close', (status, died) => {
      if (isKilled) end(false, 'killed at its deadline')
      else if (died !== null) end(false, `died of ${died}`)
      else end(status === 0, `exit ${status}`)
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
