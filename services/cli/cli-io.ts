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
}

/** The terminal that standard output is. */
export interface Terminal {
  columns(): number
  rows(): number
  /** Calls with each key, Ctrl-C included (`\u0003`); returns how to give the keyboard back. */
  onKey(handler: (key: string) => void): () => void
}
