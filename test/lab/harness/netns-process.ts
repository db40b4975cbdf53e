import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { type CommandResult, type LabProcess, resultOf, textOf } from './lab-process.ts'

/** Where a command's output goes, and what it finds in its environment. */
export interface StartOptions {
  readonly outputFile: string
  readonly errorFile: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a command in a network namespace, in a process group of its own. */
export function startInNamespace(
  namespace: string,
  argv: readonly string[],
  options: StartOptions,
): LabProcess {
  const { outputFile, errorFile } = options
  const output = openSync(outputFile, 'w')
  const errors = openSync(errorFile, 'w')
  const child = spawn('ip', ['netns', 'exec', namespace, ...argv], {
    stdio: ['ignore', output, errors],
    detached: true,
    env: { ...process.env, ...options.env },
  })
  closeSync(output)
  closeSync(errors)
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      const status = code ?? 128 + constants.signals[signal ?? 'SIGKILL']
      resolve(resultOf(status, { outputFile, errorFile }))
    })
  })
  return {
    ended,
    outputFile,
    errorFile,
    output: () => textOf(outputFile),
    errors: () => textOf(errorFile),
    signal(name) {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, name)
      } catch {
        // It has ended meanwhile.
      }
    },
  }
}
