import type { MeasurementName } from '../../services/shared/domain/measurements.ts'
import { DATA_SOURCE } from './influx-target.ts'
import { UIDS } from './link-to.ts'

/** A rule for those who alert from Grafana. */
export interface AlertRule {
  readonly uid: string
  readonly title: string
  /** InfluxQL that gives a series for each thing to alert on; no variables. */
  readonly query: string
  readonly evaluator: 'gt' | 'lt'
  readonly threshold: number
  /** How long it must hold. */
  readonly for: string
  readonly severity: 'warning' | 'critical'
  readonly summary: string
  /** Where to look. */
  readonly dashboard: string
}

/** Alert queries know no variables: they read raw points of the last minutes. */
function last(field: string, from: MeasurementName, by: readonly string[], where = ''): string {
  const groups = ['time(10s)', ...by.map((tag) => `"${tag}"`)].join(', ')
  const only = where === '' ? '' : ` AND ${where}`
  const body = `FROM "raw"."${from}" WHERE $timeFilter${only} GROUP BY ${groups} fill(none)`
  return `SELECT max("${field}") ${body}`
}

const BY_CONTROLLER = `"director" = ''`

/**
 * The rules; LVS Warden alerts by itself, these are for those who would rather have Grafana do it.
 */
export const ALERT_RULES: readonly AlertRule[] = [
  {
    uid: 'lvs-capacity-low',
    title: 'Little capacity left',
    query: last('capacity_percent', 'virtual_service', ['service'], BY_CONTROLLER),
    evaluator: 'lt',
    threshold: 50,
    for: '30s',
    severity: 'critical',
    summary: 'Less than half of the configured weight of {{ $labels.service }} serves.',
    dashboard: UIDS.service,
  },
  {
    uid: 'lvs-panic',
    title: 'Panic threshold holds real servers in',
    query: last('panic', 'virtual_service', ['service']),
    evaluator: 'gt',
    threshold: 0,
    for: '0s',
    severity: 'critical',
    summary: 'The panic threshold keeps failed real servers in {{ $labels.service }}.',
    dashboard: UIDS.service,
  },
  {
    uid: 'lvs-sorry-server',
    title: 'Sorry server serves',
    query: last('sorry', 'virtual_service', ['service']),
    evaluator: 'gt',
    threshold: 0,
    for: '0s',
    severity: 'critical',
    summary: 'Clients of {{ $labels.service }} see the sorry server.',
    dashboard: UIDS.service,
  },
  {
    uid: 'lvs-real-server-down',
    title: 'Real server down',
    query: last('state', 'real_server', ['service', 'server'], BY_CONTROLLER),
    evaluator: 'gt',
    threshold: 4,
    for: '30s',
    severity: 'warning',
    summary: 'The checks of {{ $labels.service }}/{{ $labels.server }} say that it is down.',
    dashboard: UIDS.server,
  },
  {
    uid: 'lvs-director-silent',
    title: 'Director does not report',
    query: last('report_age_ms', 'director', ['director']),
    evaluator: 'gt',
    threshold: 5000,
    for: '10s',
    severity: 'critical',
    summary: 'Director {{ $labels.director }} has not reported for more than five seconds.',
    dashboard: UIDS.director,
  },
  {
    uid: 'lvs-director-trouble',
    title: 'Director cannot use its table',
    query: last('problem', 'director', ['director']),
    evaluator: 'gt',
    threshold: 0,
    for: '10s',
    severity: 'critical',
    summary: 'Director {{ $labels.director }} cannot read or write its IPVS table.',
    dashboard: UIDS.director,
  },
  {
    uid: 'lvs-director-behind',
    title: 'Director behind',
    query: last('behind', 'director', ['director']),
    evaluator: 'gt',
    threshold: 0,
    for: '1m',
    severity: 'warning',
    summary: 'Director {{ $labels.director }} has not made the newest table so for a minute.',
    dashboard: UIDS.director,
  },
  {
    uid: 'lvs-drift',
    title: 'Somebody else changes a table',
    query: last('drift', 'director', ['director']),
    evaluator: 'gt',
    threshold: 0,
    for: '0s',
    severity: 'warning',
    summary: 'Director {{ $labels.director }} undid changes that somebody else made.',
    dashboard: UIDS.director,
  },
  {
    uid: 'lvs-observations-late',
    title: 'Observations come late',
    query: last('lag_ms', 'prober', ['prober']),
    evaluator: 'gt',
    threshold: 2000,
    for: '1m',
    severity: 'warning',
    summary: 'What prober {{ $labels.prober }} sees is heard more than two seconds later.',
    dashboard: UIDS.probers,
  },
  {
    uid: 'lvs-controller-away',
    title: 'No controller answers',
    query: last('reachable', 'service_internal', ['part'], `"part" = 'controller'`),
    evaluator: 'lt',
    threshold: 1,
    for: '30s',
    severity: 'critical',
    summary: 'Nobody says how the cluster is. Tables stay as they are, but nobody reacts.',
    dashboard: UIDS.health,
  },
  {
    uid: 'lvs-history-lost',
    title: 'History is lost',
    query: last('dropped', 'service_internal', ['instance'], `"part" = 'historian'`),
    evaluator: 'gt',
    threshold: 0,
    for: '0s',
    severity: 'warning',
    summary: 'Historian {{ $labels.instance }} gives points up.',
    dashboard: UIDS.health,
  },
]

const WINDOW_S = 120

/** A rule as Grafana's provisioning takes it: query, last value, comparison. */
export function provisionedRule(rule: AlertRule) {
  return {
    uid: rule.uid,
    title: rule.title,
    condition: 'C',
    for: rule.for,
    noDataState: 'OK',
    execErrState: 'Error',
    data: [
      step('A', DATA_SOURCE.uid, {
        datasource: DATA_SOURCE,
        query: rule.query,
        rawQuery: true,
        resultFormat: 'time_series',
        intervalMs: 10_000,
        maxDataPoints: 100,
      }),
      step('B', '__expr__', {
        type: 'reduce',
        expression: 'A',
        reducer: 'last',
        settings: { mode: 'dropNN' },
      }),
      step('C', '__expr__', {
        type: 'threshold',
        expression: 'B',
        conditions: [{ evaluator: { type: rule.evaluator, params: [rule.threshold] } }],
      }),
    ],
    labels: { severity: rule.severity, source: 'lvs-warden' },
    annotations: {
      summary: rule.summary,
      dashboard: `/d/${rule.dashboard}`,
    },
  }
}

function step(refId: string, datasourceUid: string, model: object) {
  const relativeTimeRange = { from: WINDOW_S, to: 0 }
  return { refId, relativeTimeRange, datasourceUid, model: { refId, ...model } }
}
