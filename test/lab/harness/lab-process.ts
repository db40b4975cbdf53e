import { readFileSync } from 'node:fs'

/** How a command ended. */
export interface CommandResult {
  /** Exit status; 128 and more for a signal, as shells say it. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs on a host or in a guest of the lab. */
export interface LabProcess {
  /** Resolves when it has ended, or its machine has lost power. */
  readonly ended: Promise<CommandResult>
  /** What it wrote to standard output and error so far. */
  output(): string
  errors(): string
  /** The files that its output goes to, while it runs. */
  readonly outputFile: string
  readonly errorFile: string
  /** Sends a signal to it and everything it started. */
  signal(name: NodeJS.Signals): void
}

/** The text of a file that may not be there yet. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Result of a command whose output lies in two files. */
export function resultOf(
  status: number,
  files: { readonly outputFile: string; readonly errorFile: string },
): CommandResult {
  return { status, stdout: textOf(files.outputFile), stderr: textOf(files.errorFile) }
}
