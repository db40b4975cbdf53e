import { serverKey } from '../../services/shared/domain/server-key.ts'
import type { Table } from '../../services/shared/domain/table.ts'
import { type Cluster, serviceKey } from '../../services/shared/domain/virtual-service.ts'
import { buildCheck, buildServer, buildService } from '../support/cluster-builder.ts'

/** The cluster of every simulation. */
export const CLUSTER = 'shop'
/** Its directors, and the places that are looked from. */
export const DIRECTORS = ['lb1', 'lb2'] as const
export const VANTAGES = ['rack', 'office'] as const
/** Checks that pass and those that fail are so far apart. */
export const INTERVAL_MS = 30_000
const FAST_MS = 3000
/** Known to be good, each looked at from one vantage. */
const CANARIES: Readonly<Record<(typeof VANTAGES)[number], string>> = {
  rack: '10.0.0.1',
  office: '10.0.0.2',
}

/** What may be otherwise in a cluster file. */
export interface Variant {
  /** Of the first real server. */
  readonly weight: number
  /** Real servers of the service `web`. */
  readonly size: number
}

/** The real servers that there can be, by name; the last is not in every cluster file. */
export const REAL_SERVERS: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 5 }, (_, index) => [`web${index + 1}`, `10.0.0.${11 + index}`]),
)

/** Those that are in every cluster file: operators can speak of no other. */
export const LASTING: readonly string[] = [...REAL_SERVERS.keys()].slice(0, 4)

/** A cluster of two services on the same hosts: one quiesces what fails, one removes it. */
export function buildCluster({ weight, size }: Variant): Cluster {
  const hosts = [...REAL_SERVERS].slice(0, size)
  const serversAt = (port: number, of: typeof hosts) =>
    of.map(([name, address], index) =>
      buildServer({
        ...{ name, address, port, weight: index === 0 ? weight : 100 },
        checks: [check(address, port)],
      }),
    )
  const address = { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10' } as const
  return {
    name: CLUSTER,
    directors: DIRECTORS,
    vantages: VANTAGES.map((name) => ({ name, canaries: [check(CANARIES[name], 53)] })),
    virtualServices: [
      buildService({
        name: 'web',
        address: { ...address, port: 80 },
        realServers: serversAt(80, hosts),
        sorryServer: { address: '127.0.0.1', port: 8088, forwarding: 'masquerade' },
      }),
      buildService({
        name: 'tls',
        address: { ...address, port: 443 },
        onFailure: 'remove',
        realServers: serversAt(443, hosts.slice(0, 2)),
      }),
    ],
  }
}

/** Weights of the rows of a table, by service and address; what is not there is not in it. */
export type Weights = ReadonlyMap<string, number>

/** What a table says, row by row. */
export function weightsOf(table: Table): Weights {
  return new Map(
    table.flatMap(({ address, servers }) =>
      servers.map((row) => [`${serviceKey(address)} ${serverKey(row)}`, row.weight] as const),
    ),
  )
}

function check(address: string, port: number) {
  return buildCheck({
    label: `tcp:${port}`,
    target: { address, family: 4, port },
    intervalMs: INTERVAL_MS,
    fastIntervalMs: FAST_MS,
    jitter: 0.1,
  })
}
