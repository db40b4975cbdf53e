import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { StartedProgram } from './cli-io.ts'

/**
 * Starts a program without a shell, in a session of its own: Ctrl-C in the terminal does not reach
 * it, and it reads nothing. Never throws.
 */
export function startProgram(
  [path = '', ...words]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
): StartedProgram {
  const child = spawn(path, words, {
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine)
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(`cannot be started: ${error.message}`))
    child.on('close', (status, signal) => {
      if (signal !== null) resolve(`died of ${signal}`)
      else resolve(status === 0 ? undefined : `ended with ${status}`)
    })
  })
  return { ...(child.pid !== undefined && { pid: child.pid }), ended }
}
