import type { Panel } from '@grafana/schema'
import { DASHBOARDS } from '../../dashboards/src/generate.ts'

/**
 * What answers in Prometheus for each field that a dashboard shows, in PromQL: for those who have
 * no InfluxDB.
 */
export const DASHBOARD_METRICS: Readonly<Record<string, string>> = {
  'check.latency_ms': 'lvs_warden_check_latency_seconds',
  'check.passed': 'increase(lvs_warden_check_runs_total{outcome="passed"}[5m])',
  'check.failed': 'increase(lvs_warden_check_runs_total{outcome="failed"}[5m])',
  'check.inconclusive': 'increase(lvs_warden_check_runs_total{outcome="inconclusive"}[5m])',
  'check.code': '`lvs_warden_real_server_up == 0`; `lvsctl why` has the code',
  'real_server.configured_weight': 'lvs_warden_real_server_configured_weight',
  'real_server.effective_weight': 'lvs_warden_real_server_weight',
  'real_server.up': 'lvs_warden_real_server_up',
  'real_server.state': 'lvs_warden_real_server_{up,out_by_operator,healthy_ratio}',
  'real_server.weight': 'lvs_warden_kernel_weight',
  'real_server.active': 'lvs_warden_kernel_connections{state="active"}',
  'real_server.inactive': 'lvs_warden_kernel_connections{state="inactive"}',
  'real_server.persistent': 'lvs_warden_kernel_connections{state="persistent"}',
  'real_server.connection_rate': 'rate(lvs_warden_kernel_server_connections_total[1m])',
  'real_server.in_byte_rate': 'rate(lvs_warden_kernel_server_bytes_total{direction="in"}[1m])',
  'real_server.out_byte_rate': 'rate(lvs_warden_kernel_server_bytes_total{direction="out"}[1m])',
  'virtual_service.serving': 'count by (service) (lvs_warden_real_server_weight > 0)',
  'virtual_service.down': 'count by (service) (lvs_warden_real_server_up == 0)',
  'virtual_service.capacity_percent':
    '100 * lvs_warden_virtual_service_weight / lvs_warden_virtual_service_configured_weight',
  'virtual_service.panic': 'lvs_warden_virtual_service_panic',
  'virtual_service.sorry': 'lvs_warden_virtual_service_sorry',
  'virtual_service.active':
    'sum by (virtual_service) (lvs_warden_kernel_connections{state="active"})',
  'virtual_service.inactive':
    'sum by (virtual_service) (lvs_warden_kernel_connections{state="inactive"})',
  'virtual_service.connection_rate': 'rate(lvs_warden_kernel_service_connections_total[1m])',
  'virtual_service.in_byte_rate': 'rate(lvs_warden_kernel_service_bytes_total{direction="in"}[1m])',
  'virtual_service.out_byte_rate':
    'rate(lvs_warden_kernel_service_bytes_total{direction="out"}[1m])',
  'director.generation': 'lvs_warden_director_generation',
  'director.behind': 'lvs_warden_director_generations_behind',
  'director.report_age_ms': 'lvs_warden_director_report_age_seconds',
  'director.rows': 'lvs_warden_director_rows',
  'director.foreign': 'lvs_warden_director_foreign_services',
  'director.drift': 'increase(lvs_warden_director_drift_total[5m])',
  'director.failures': 'increase(lvs_warden_director_refusals_total[5m])',
  'director.problem': 'lvs_warden_director_problem',
  'director.active': 'sum by (instance) (lvs_warden_kernel_connections{state="active"})',
  'director.inactive': 'sum by (instance) (lvs_warden_kernel_connections{state="inactive"})',
  'director.connection_rate':
    'sum by (instance) (rate(lvs_warden_kernel_service_connections_total[1m]))',
  'director.in_packet_rate':
    'sum by (instance) (rate(lvs_warden_kernel_service_packets_total{direction="in"}[1m]))',
  'director.out_packet_rate':
    'sum by (instance) (rate(lvs_warden_kernel_service_packets_total{direction="out"}[1m]))',
  'director.in_byte_rate':
    'sum by (instance) (rate(lvs_warden_kernel_service_bytes_total{direction="in"}[1m]))',
  'director.out_byte_rate':
    'sum by (instance) (rate(lvs_warden_kernel_service_bytes_total{direction="out"}[1m]))',
  'prober.observations': 'rate(lvs_warden_prober_observations_total[1m])',
  'prober.failed': 'rate(lvs_warden_prober_observations_total{outcome="fail"}[1m])',
  'prober.inconclusive': 'rate(lvs_warden_prober_observations_total{outcome="inconclusive"}[1m])',
  'prober.lag_ms': 'lvs_warden_prober_lag_seconds',
  'alert.raised': 'lvs_warden_alerts',
  'transition.message': 'increase(lvs_warden_events_total[5m])',
  'operator_action.message': 'increase(lvs_warden_events_total{type="operator"}[5m])',
  'service_internal.points': 'rate(lvs_warden_history_points_taken_total[1m])',
  'service_internal.dropped': 'increase(lvs_warden_history_points_dropped_total[5m])',
  'service_internal.waiting': 'lvs_warden_history_points_waiting',
  'service_internal.spool_bytes': 'lvs_warden_history_disk_bytes',
  'service_internal.series': 'lvs_warden_history_series',
  'service_internal.write_ms': 'lvs_warden_history_write_seconds',
  'service_internal.answer_ms': 'scrape_duration_seconds',
  'service_internal.reachable':
    'up, lvs_warden_bus_connected, lvs_warden_history_reachable, lvs_warden_controller_leads',
  'service_internal.loop_lag_ms': 'nodejs_eventloop_lag_p99_seconds',
  'service_internal.cpu_percent': '100 * rate(process_cpu_seconds_total[1m])',
  'service_internal.memory_bytes': 'process_resident_memory_bytes',
}

/** Words about an event that stands beside its message; Prometheus has no place for them. */
const WORDS = new Set(['type', 'from', 'to', 'by', 'service', 'server', 'director', 'sequence'])

/** `measurement.field` of every number or message that a panel of any dashboard asks for. */
export function dashboardFields(): readonly string[] {
  const found = new Set<string>()
  for (const { panels = [] } of Object.values(DASHBOARDS)) {
    for (const { targets = [] } of panels as Panel[]) {
      for (const target of targets)
        for (const field of fieldsOf(String(target['query']))) found.add(field)
    }
  }
  return [...found].sort()
}

/** The fields in the SELECT that reads a measurement; what AS calls them is no matter. */
function fieldsOf(query: string): readonly string[] {
  const from = / FROM "[^"]+"\."(\w+)"/.exec(query)
  if (from === null) return []
  const select = query.slice(query.lastIndexOf('SELECT', from.index), from.index)
  const names = [...select.replaceAll(/AS "[^"]+"/g, '').matchAll(/"(\w+)"/g)]
  return names.flatMap(([, name = '']) => (WORDS.has(name) ? [] : [`${from[1]}.${name}`]))
}

/** The table of the page. */
export function dashboardMetricsTable(): string {
  const rows = dashboardFields().map(
    (field) => `| \`${field}\` | ${cell(DASHBOARD_METRICS[field] ?? '')} |\n`,
  )
  return `| field of a measurement | for Prometheus |\n|---|---|\n${rows.join('')}`
}

function cell(text: string): string {
  return text.includes('`') ? text : `\`${text}\``
}
