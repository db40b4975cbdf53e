/** What a program printed, and how it ended. */
export interface ProgramResult {
  /** Exit status; absent when there is no such program, or it took too long. */
  readonly status?: number
  readonly stdout: string
  readonly stderr: string
}

/** An answer, or why there is none. */
export type Asked<Answer> =
  | { readonly answer: Answer; readonly problem?: never }
  | { readonly answer?: never; readonly problem: string }

/** The door to the machine's own set-up; only looks, never changes anything. */
export interface SystemView {
  /** The text of a file; `undefined` when there is none or it cannot be read. */
  readFile(path: string): Promise<string | undefined>
  /** Names in a folder; none when it cannot be read. */
  list(path: string): Promise<readonly string[]>
  /** Runs a program that only looks, in bounded time. Never throws. */
  run(argv: readonly string[]): Promise<ProgramResult>
  /** Hardware addresses that answer who-has for an IPv4 address on a device's network. */
  whoHas(device: string, address: string): Promise<Asked<readonly string[]>>
  /** The first line that a TCP server says on its own. */
  greeting(host: string, port: number): Promise<Asked<string>>
}
