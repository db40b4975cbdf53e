import type { Outcome } from '../../probes/check.ts'
import type { CheckSpec, ProbeId } from '../../services/shared/domain/check-spec.ts'
import type { DirectorReport } from '../../services/shared/domain/director-report.ts'
import { NO_CONNECTIONS, NO_TRAFFIC } from '../../services/shared/domain/no-traffic.ts'
import type { Observation } from '../../services/shared/domain/observation.ts'
import type { ConnectionCounts, CountedTable, Table } from '../../services/shared/domain/table.ts'
import type { RealServer, VirtualService } from '../../services/shared/domain/virtual-service.ts'

/** A check with ordinary values; the probe is shared by every check of the same label and place. */
export function buildCheck(spec: Partial<CheckSpec> = {}): CheckSpec {
  const label = spec.label ?? 'tcp'
  const target = spec.target ?? { address: '10.0.0.11', family: 4, port: 80 }
  return {
    label,
    probe: `${label} ${target.address}:${target.port}` as ProbeId,
    kind: 'tcp',
    target,
    options: {},
    intervalMs: 2000,
    fastIntervalMs: 1000,
    timeoutMs: 1000,
    jitter: 0,
    rise: 2,
    fall: 3,
    tripwire: false,
    ...spec,
  }
}

/** A real server with ordinary values and one TCP check of its own address and port. */
export function buildServer(server: Partial<RealServer> = {}): RealServer {
  const address = server.address ?? '10.0.0.11'
  const port = server.port ?? 80
  return {
    name: 'web1',
    address,
    family: 4,
    port,
    weight: 100,
    forwarding: 'direct-route',
    upperThreshold: 0,
    lowerThreshold: 0,
    checks: [buildCheck({ target: { address, family: 4, port } })],
    ...server,
  }
}

/** A virtual service with ordinary values and no real servers. */
export function buildService(service: Partial<VirtualService> = {}): VirtualService {
  return {
    name: 'web',
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port: 80 },
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    onFailure: 'quiesce',
    panicThreshold: 0,
    realServers: [],
    ...service,
  }
}

/** What one run of a probe saw. */
export function buildObservation(probe: ProbeId, outcome: Outcome, at: number): Observation {
  return { probe, at, durationMs: 1, outcome }
}

/** Says how many connections a row has. */
export type CountsOf = (address: string, port: number) => ConnectionCounts

/** The table as a kernel would show it. */
export function countTable(table: Table, countsOf: CountsOf = () => NO_CONNECTIONS): CountedTable {
  return table.map((service) => ({
    ...service,
    stats: NO_TRAFFIC,
    servers: service.servers.map((row) => ({
      ...row,
      counts: countsOf(row.address, row.port),
      stats: NO_TRAFFIC,
    })),
  }))
}

/** A report of the director `lb1` about a table that it holds. */
export function buildReport(report: Partial<DirectorReport> = {}): DirectorReport {
  return {
    director: 'lb1',
    at: 0,
    epoch: 1,
    generation: 0,
    adapter: 'memory',
    sysctls: [],
    services: [],
    foreign: [],
    drift: [],
    failures: [],
    ...report,
  }
}
