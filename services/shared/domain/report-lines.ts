import { formatDuration } from './duration.ts'
import type { Availability, Report } from './report.ts'

const HEAD = ['', 'available', 'down', 'outages', 'longest', 'maintenance'] as const

/** A report for people, a line each; `timeOf` writes an instant. */
export function reportLines(report: Report, timeOf: (at: number) => string): readonly string[] {
  const { cluster, fromMs, toMs, recordedFromMs, services, problem } = report
  const rows = services.flatMap((service) => [
    rowOf(service.name, service, timeOf),
    ...service.servers.map((server) => rowOf(`  ${server.name}`, server, timeOf)),
  ])
  return [
    `${cluster}: ${timeOf(fromMs)} to ${timeOf(toMs)}`,
    ...(recordedFromMs > fromMs ? [`recorded since ${timeOf(recordedFromMs)} only`] : []),
    ...(problem === undefined ? [] : [`the history has a problem now: ${problem}`]),
    '',
    ...inColumns([HEAD, ...rows]),
  ]
}

/** `99.953 %`: three digits tell a minute of a month. Never 100 when there was an outage. */
export function availabilityInWords({ availability, downMs }: Availability): string {
  if (availability === undefined) return '-'
  const percent = Math.floor(availability * 100_000) / 1000
  return `${downMs === 0 ? '100' : percent.toFixed(3)} %`
}

function rowOf(
  name: string,
  availability: Availability,
  timeOf: (at: number) => string,
): readonly string[] {
  const { downMs, maintenanceMs, outages, longest } = availability
  return [
    name,
    availabilityInWords(availability),
    downMs === 0 ? '-' : formatDuration(downMs),
    outages === 0 ? '-' : String(outages),
    longest === undefined ? '-' : `${formatDuration(longest.ms)} at ${timeOf(longest.at)}`,
    maintenanceMs === 0 ? '-' : formatDuration(maintenanceMs),
  ]
}

function inColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)))
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
