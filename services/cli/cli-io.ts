import type { SystemView } from '../shared/ports/system-view.ts'

/** All that a command knows of the terminal, the clock and the process. */
export interface CliIo {
  /** Standard output, as it is. */
  out(text: string): void
  /** Standard error, as it is. */
  err(text: string): void
  /** Standard output is a terminal: absent in a pipe or a file. */
  readonly terminal?: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch. */
  now(): number
  /** Waits; an aborted signal ends it early. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Calls on Ctrl-C and SIGTERM, which then do not end the process; returns how to stop that. */
  onInterrupt(handler: () => void): () => void
  readFile(path: string): Promise<string>
  /** Writes a file that only its owner can read, and the folders on the way to it. */
  writePrivateFile(path: string, text: string): Promise<void>
  /** An absent file is no error. */
  removeFile(path: string): Promise<void>
  /** Asks a person for something that is not shown; undefined where there is no terminal. */
  readSecret(prompt: string): Promise<string | undefined>
  /** Starts a program without a shell; calls with each line that it prints. Never throws. */
  startProgram(
    words: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    onLine: (line: string) => void,
  ): StartedProgram
  /** The set-up of this machine, for `doctor`. */
  readonly system?: SystemView
}

/** A program that was started. */
export interface StartedProgram {
  /** Absent when it could not be started. */
  readonly pid?: number
  /** Why it failed, when it did: `ended with 1`; `undefined` for status 0. Never rejects. */
  readonly ended: Promise<string | undefined>
}

/** The terminal that standard output is. */
export interface Terminal {
  columns(): number
  rows(): number
  /** Calls with each key, Ctrl-C included (`\u0003`); returns how to give the keyboard back. */
  onKey(handler: (key: string) => void): () => void
}
