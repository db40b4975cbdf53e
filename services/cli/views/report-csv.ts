import type { Availability, Report } from '../../shared/domain/report.ts'
import { isoTime } from '../../shared/runtime/iso-time.ts'

const HEAD = [
  ...['service', 'real_server', 'from', 'to', 'recorded_from', 'availability'],
  ...['down_seconds', 'maintenance_seconds', 'outages', 'longest_seconds', 'longest_at'],
]

/** A row for each service (without a real server) and each real server (RFC 4180). */
export function reportCsv(report: Report): readonly string[] {
  const { fromMs, toMs, recordedFromMs } = report
  const span = [fromMs, toMs, recordedFromMs].map(isoTime)
  const rows = report.services.flatMap((service) => [
    [service.name, '', ...span, ...figures(service)],
    ...service.servers.map((server) => [service.name, server.name, ...span, ...figures(server)]),
  ])
  return [HEAD, ...rows].map((row) => row.join(','))
}

/** Names of the cluster file and numbers: nothing of it needs quotes. */
function figures(one: Availability): readonly string[] {
  const { availability, downMs, maintenanceMs, outages, longest } = one
  return [
    availability === undefined ? '' : availability.toFixed(6),
    String(downMs / 1000),
    String(maintenanceMs / 1000),
    String(outages),
    longest === undefined ? '' : String(longest.ms / 1000),
    longest === undefined ? '' : isoTime(longest.at),
  ]
}
