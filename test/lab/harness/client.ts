import { fileURLToPath } from 'node:url'
import type { Lab } from './lab.ts'

/** One request of a client, with the times it began and ended in ms since 1970. */
export interface ClientRequest {
  readonly startedAt: number
  readonly endedAt: number
  /** What was answered with status 200. */
  readonly body?: string
  /** The client's port, when it was answered: the same one is the same connection. */
  readonly port?: number
  /** What went wrong. */
  readonly error?: string
}

/** Somebody who keeps asking. */
export interface Client {
  /** Every request that has ended. */
  requests(): readonly ClientRequest[]
  /** Requests that began after some moment and have ended. */
  since(time: number): readonly ClientRequest[]
  /** Requests that went wrong. */
  failures(): readonly ClientRequest[]
  /** Asks no more; resolves when the last request has ended. */
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../programs/client.mjs', import.meta.url))
const INTERVAL_MS = 120
/** Long, for a busy machine: only who is not answered at all shall fail. */
const TIMEOUT_MS = 3000

/**
 * Starts a client on a machine that asks for a URL, with a new connection each time, or with
 * `keep` with one that it keeps.
 */
export function startClient(lab: Lab, machine: string, url: string, keep?: 'keep'): Client {
  const times = [INTERVAL_MS, TIMEOUT_MS].map(String)
  const running = lab.spawn(machine, [
    ...[process.execPath, PROGRAM, ...times, url],
    ...(keep === undefined ? [] : [keep]),
  ])
  const client: Client = {
    requests() {
      // The last line may still be written.
      const lines = running.output().split('\n').slice(0, -1)
      return lines.map((line) => JSON.parse(line) as ClientRequest)
    },
    since: (time) => client.requests().filter(({ startedAt }) => startedAt > time),
    failures: () => client.requests().filter(({ error }) => error !== undefined),
    async stop() {
      running.signal('SIGTERM')
      await running.ended
    },
  }
  return client
}
