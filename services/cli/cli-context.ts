import type { ApiClient } from './api-client.ts'
import type { CliIo } from './cli-io.ts'
import type { Style } from './style.ts'

/** What each command is given. */
export interface CliContext {
  readonly io: CliIo
  readonly client: ApiClient
  readonly style: Style
  /** Answer in JSON, for programs. */
  readonly json: boolean
}

/** JSON for programs, indented for people. */
export function printJson(io: CliIo, value: unknown): void {
  io.out(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** Lines to standard output. */
export function printLines(io: CliIo, lines: readonly string[]): void {
  io.out(lines.map((line) => `${line}\n`).join(''))
}

/** Characters in a line of the terminal; no limit in a pipe or a file. */
export function lineWidth(io: CliIo): number {
  return io.terminal?.columns() ?? Number.POSITIVE_INFINITY
}
