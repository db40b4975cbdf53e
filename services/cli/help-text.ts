/** What `lvsctl` ends with, for `--help` and the man page. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'ok'],
  [1, 'the answer is no: a check failed, the file is not valid, an order refused or given up'],
  [2, 'wrong usage, or a file that cannot be read'],
  [3, 'no daemon, or no way to talk to it'],
  [4, 'refused by the daemon: no such name, not logged in, not allowed'],
  [5, 'plan: applying the file would change something'],
]

/** Variables that `lvsctl` looks at. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['LVSCTL_SOCKET', 'as --socket'],
  ['LVSCTL_SERVER', 'as --server'],
  ['LVSCTL_TOKEN_FILE', 'file with the token to show, in place of that of the log-in'],
  ['LVSCTL_CA_FILE', 'authorities to believe, PEM'],
  ['LVSCTL_FINGERPRINT', 'SHA-256 of the one certificate to believe'],
  ['NO_COLOR', 'no colours'],
]

/** Files that `lvsctl` reads and writes. */
export const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['~/.config/lvs-warden/lvsctl.yaml', 'servers that were logged in to'],
  ['~/.config/lvs-warden/tokens/', 'their tokens, for their owner only'],
]

/** What stands below the commands in `--help`. */
export function helpEnd(): string {
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${code}  ${meaning}`)
  const width = Math.max(...ENVIRONMENT.map(([name]) => name.length))
  const variables = ENVIRONMENT.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`)
  return [
    '',
    'TARGET is a real server in all its services (web1), or in one of them (web/web1).',
    '',
    'Exit codes:',
    ...codes,
    '',
    'Environment:',
    ...variables,
  ].join('\n')
}
