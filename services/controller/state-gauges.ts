import type { Metrics } from '../shared/runtime/metrics.ts'
import type { DirectorStatus, ProberStatus, Status, VantageStatus } from '../shared/wire/status.ts'
import type { Gauges } from './gauges.ts'
import { createServerGauges, createServiceGauges } from './service-gauges.ts'

/** The whole cluster as its leader sees it. */
export function createStateGauges(metrics: Metrics): Gauges<Status> {
  const generation = metrics.gauge('lvs_warden_generation', {
    help: 'Generation of the desired table; grows with every change.',
  })
  const alerts = metrics.gauge('lvs_warden_alerts', {
    help: 'Alerts that are raised now.',
    labels: ['severity'],
  })
  const directors = createDirectorGauges(metrics)
  const probers = createProberGauges(metrics)
  const vantages = createVantageGauges(metrics)
  const services = createServiceGauges(metrics)
  const servers = createServerGauges(metrics)
  return {
    forget() {
      for (const gauge of [generation, alerts]) gauge.reset()
      for (const gauges of [directors, probers, vantages, services, servers]) gauges.forget()
    },
    tell(status) {
      generation.set({}, status.generation)
      for (const severity of ['warning', 'critical'] as const) {
        const raised = status.alerts.filter((alert) => alert.severity === severity)
        alerts.set({ severity }, raised.length)
      }
      for (const director of status.directors) directors.tell({ director, status })
      for (const prober of status.probers ?? []) probers.tell(prober)
      for (const vantage of status.vantages ?? []) vantages.tell(vantage)
      for (const service of status.services) {
        services.tell(service)
        for (const server of service.realServers) servers.tell({ service, server })
      }
    },
  }
}

function createDirectorGauges(
  metrics: Metrics,
): Gauges<{ readonly director: DirectorStatus; readonly status: Status }> {
  const labels = ['director'] as const
  const current = metrics.gauge('lvs_warden_director_current', {
    help: '1 where a director holds the newest table, else 0.',
    labels,
  })
  const behind = metrics.gauge('lvs_warden_director_generations_behind', {
    help: 'Generations that a director holds less than it should.',
    labels,
  })
  const age = metrics.gauge('lvs_warden_director_report_age_seconds', {
    help: 'Age of the last report of a director.',
    labels,
  })
  const agreement = metrics.gauge('lvs_warden_shadow_agreement_ratio', {
    help: 'Of a director in shadow: share of all that was compared that was as we would have it.',
    labels,
  })
  const disagreements = metrics.gauge('lvs_warden_shadow_disagreements', {
    help: 'Of a director in shadow: services and real servers that we would have otherwise now.',
    labels,
  })
  return {
    forget() {
      for (const gauge of [current, behind, age, agreement, disagreements]) gauge.reset()
    },
    tell({ director: { name, generation, reportedAt, shadow }, status }) {
      const place = { director: name }
      const ageMs = Date.parse(status.at) - Date.parse(reportedAt)
      current.set(place, generation === status.generation ? 1 : 0)
      behind.set(place, Math.max(0, status.generation - generation))
      age.set(place, Math.max(0, ageMs) / 1000)
      if (shadow === undefined) return
      agreement.set(place, shadow.agreement)
      disagreements.set(place, shadow.disagreements.length)
    },
  }
}

function createProberGauges(metrics: Metrics): Gauges<ProberStatus> {
  const labels = ['prober', 'vantage'] as const
  const alive = metrics.gauge('lvs_warden_prober_alive', {
    help: '1 for a prober that was heard within three heartbeats, else 0.',
    labels,
  })
  const share = metrics.gauge('lvs_warden_prober_share', {
    help: 'Probes that are a share of a prober, as it says itself.',
    labels,
  })
  const lag = metrics.gauge('lvs_warden_prober_lag_seconds', {
    help: 'The most that a run of a prober was late lately.',
    labels,
  })
  return {
    forget() {
      for (const gauge of [alive, share, lag]) gauge.reset()
    },
    tell({ name, vantage, alive: isAlive, checks, lagMs }) {
      const place = { prober: name, vantage }
      alive.set(place, isAlive ? 1 : 0)
      if (checks !== undefined) share.set(place, checks)
      if (lagMs !== undefined) lag.set(place, lagMs / 1000)
    },
  }
}

function createVantageGauges(metrics: Metrics): Gauges<VantageStatus> {
  const labels = ['vantage'] as const
  const counts = metrics.gauge('lvs_warden_vantage_counts', {
    help: '1 for a vantage that has a say in verdicts, else 0.',
    labels,
  })
  const checks = metrics.gauge('lvs_warden_vantage_checks', {
    help: 'Checks that a vantage has said something conclusive of.',
    labels,
  })
  const failing = metrics.gauge('lvs_warden_vantage_failing_checks', {
    help: 'Of these, checks that it saw failing last.',
    labels,
  })
  return {
    forget() {
      for (const gauge of [counts, checks, failing]) gauge.reset()
    },
    tell(vantage) {
      const place = { vantage: vantage.name }
      counts.set(place, vantage.counts ? 1 : 0)
      checks.set(place, vantage.checks)
      failing.set(place, vantage.failing)
    },
  }
}
