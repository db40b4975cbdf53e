import { ServiceError } from '../shared/runtime/service-error.ts'

/** What `lvsctl` ends with; documented in `--help` and in docs/reference/lvsctl.md. */
export const EXIT = {
  ok: 0,
  /** The answer is no: a check failed, the file has errors, the drain was refused or given up. */
  no: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No daemon, or it cannot be talked to. */
  unreachable: 3,
  /** The daemon does not do what was asked: no such real server, not logged in, not allowed. */
  refused: 4,
  /** `plan`: there is something to do. */
  changes: 5,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code for an operating error; a programmer error is thrown again. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof ServiceError)) throw error
  const { code } = error
  if (code === 'cli.usage' || code === 'cli.config') return EXIT.usage
  if (code === 'cli.no' || code === 'api.refused') return EXIT.no
  if (/^(cli|bus|wire)\./.test(code)) return EXIT.unreachable
  return EXIT.refused
}
