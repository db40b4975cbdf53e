import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'

/** Somebody who sends datagrams from one port, one after the other. */
export interface UdpClient {
  /** Who answered since a moment, in ms since 1970. */
  since(time: number): readonly string[]
  /** Who answered between two moments. */
  between(from: number, to: number): readonly string[]
  stop(): Promise<void>
}

const SERVER = programPath('udp-server.mjs')
const CLIENT = programPath('udp-client.mjs')
const INTERVAL_MS = 120
const START_MS = 30_000

/** Starts a UDP server that answers from a virtual address with its name. */
export async function startUdpServer(
  lab: Lab,
  name: string,
  vip: string,
  port: number,
): Promise<void> {
  const running = lab.spawn(name, [process.execPath, SERVER, name, vip, `${port}`])
  await eventually(`${name} listens`, () => running.output() === 'ready\n', START_MS)
}

/** Starts a client that sends a datagram each 120 ms from one port. */
export function startUdpClient(lab: Lab, machine: string, host: string, port: number): UdpClient {
  const argv = [process.execPath, CLIENT, `${INTERVAL_MS}`, host, `${port}`]
  const running = lab.spawn(machine, argv)
  function between(from: number, to: number): readonly string[] {
    const lines = running.output().split('\n').slice(0, -1)
    const answers = lines.map((line) => JSON.parse(line) as { at: number; body: string })
    return answers.filter(({ at }) => at > from && at < to).map(({ body }) => body)
  }

  return {
    since: (time) => between(time, Number.POSITIVE_INFINITY),
    between,
    async stop() {
      running.signal('SIGTERM')
      await running.ended
    },
  }
}

function programPath(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url))
}
