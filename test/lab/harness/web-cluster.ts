import { eventually } from './eventually.ts'
import { rowsOf } from './ipvs.ts'
import { createLab, type Lab } from './lab.ts'
import { createMonitor, type LabMonitor } from './monitor.ts'
import { type RealServer, startRealServer } from './real-server.ts'
import { addVip, directRoutingRealServer } from './roles.ts'

/** A director, real servers web1, web2 … for direct routing, and a client. */
export interface WebCluster {
  readonly lab: Lab
  /** On the director `lb1`; it has not been started. */
  readonly monitor: LabMonitor
  /** Throws when there is none of this name. */
  server(name: string): RealServer
  /** Rows of a service of the VIP in the kernel: `web1=100`. */
  rows(port: number): Promise<readonly string[]>
  /** Waits until the kernel has these rows; throws with those that it has. */
  rowsBecome(port: number, rows: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** The address that clients use. */
export const VIP = '10.77.0.200'

/** The real servers as a cluster file lists them, `web1: 10.77.0.11`. */
export const REAL_SERVERS = `{ ${[1, 2, 3, 4].map((n) => `web${n}: ${addressOf(n)}`).join(', ')} }`

/** Detection takes about a second; this is for a machine that is busy with other things. */
const ROWS_MS = 60_000

/** Makes the machines and starts the real servers, up to four, on some ports. */
export async function createWebCluster(
  count: number,
  ports: readonly number[],
): Promise<WebCluster> {
  const lab = await createLab()
  try {
    return await fill(lab, count, ports)
  } catch (error) {
    await lab.close()
    throw error
  }
}

async function fill(lab: Lab, count: number, ports: readonly number[]): Promise<WebCluster> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const booting = lab.director('lb1', 1)
  await lab.host('client', 100)
  for (const number of numbers) {
    await lab.host(`web${number}`, 10 + number)
    await directRoutingRealServer(lab, `web${number}`, VIP)
  }
  const servers = new Map<string, RealServer>()
  const start = async (number: number) =>
    servers.set(`web${number}`, await startRealServer(lab, `web${number}`, ports))
  await Promise.all([booting, ...numbers.map(start)])
  await addVip(lab, 'lb1', VIP)
  const names = Object.fromEntries(numbers.map((number) => [addressOf(number), `web${number}`]))
  const monitor = createMonitor(lab, 'lb1')
  const rows = (port: number) => rowsOf(lab, 'lb1', `-t ${VIP}:${port}`, names)
  return {
    lab,
    monitor,
    server(name) {
      const server = servers.get(name)
      if (server === undefined) throw new Error(`no real server ${name}`)
      return server
    },
    rows,
    async rowsBecome(port, wanted) {
      let last: readonly string[] = []
      const become = eventually(
        `${VIP}:${port} has the rows ${wanted.join(', ')}`,
        async () => {
          last = await rows(port)
          return last.join() === wanted.join()
        },
        ROWS_MS,
      )
      await become.catch(async (error: unknown) => {
        const message = `the rows are ${last.join(', ')}\n${await monitor.explain()}`
        throw new Error(message, { cause: error })
      })
    },
    close: () => lab.close(),
  }
}

function addressOf(number: number): string {
  return `10.77.0.${10 + number}`
}
