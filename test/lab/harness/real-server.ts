import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'
import type { LabProcess } from './lab-process.ts'

/** A web server on a machine of the lab that can be made ill. */
export interface RealServer {
  readonly name: string
  /** `500` answers so, `hang` takes requests and never answers, `well` answers with 200. */
  set(mode: 'well' | 'hang' | '500'): void
  /** Sends a signal to its process: SIGKILL, SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void
  /** Starts its process again; resolves when it listens. */
  start(): Promise<void>
  /** Lets downloads come to their end. */
  finishDownloads(): void
}

const PROGRAM = fileURLToPath(new URL('../programs/web-server.mjs', import.meta.url))
const START_MS = 60_000

/** Starts a web server that listens on all addresses of a machine. */
export async function startRealServer(
  lab: Lab,
  name: string,
  ports: readonly number[],
): Promise<RealServer> {
  const folder = join(lab.folder, `${name}-web`)
  mkdirSync(folder)
  let running: LabProcess
  const server: RealServer = {
    name,
    set: (mode) => writeFileSync(join(folder, 'mode'), mode === 'well' ? '' : mode),
    signal: (signal) => running.signal(signal),
    async start() {
      rmSync(join(folder, 'finish'), { force: true })
      running = lab.spawn(name, [process.execPath, PROGRAM, name, folder, ...ports.map(String)])
      await eventually(`${name} listens`, () => running.output() === 'ready\n', START_MS)
    },
    finishDownloads: () => writeFileSync(join(folder, 'finish'), ''),
  }
  await server.start()
  return server
}
