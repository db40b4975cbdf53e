import type { Dashboard } from '@grafana/schema'
import { stringify } from 'yaml'
import { ALERT_RULES, provisionedRule } from './alert-rules.ts'
import { alerts } from './alerts.ts'
import { clusterOverview } from './cluster-overview.ts'
import { director } from './director.ts'
import { DATA_SOURCE } from './influx-target.ts'
import { monitorHealth } from './monitor-health.ts'
import { probers } from './probers.ts'
import { realServer } from './real-server.ts'
import { virtualService } from './virtual-service.ts'

/** Every dashboard, by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'cluster-overview': clusterOverview,
  'virtual-service': virtualService,
  'real-server': realServer,
  director,
  probers,
  alerts,
  monitor: monitorHealth,
}

const FOLDER = 'LVS Warden'
/** Where docker-compose.yml mounts dashboards/json. */
const JSON_PATH = '/etc/grafana/dashboards'
const NOTE = '# Made by npm run dashboards from dashboards/src; changes here are lost.\n'

/** Everything that Grafana is given, by path below dashboards/. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const dashboards = Object.entries(DASHBOARDS).map(
    ([name, dashboard]) =>
      [`json/${name}.json`, `${JSON.stringify(dashboard, undefined, 2)}\n`] as const,
  )
  return new Map([
    ...dashboards,
    ['provisioning/datasources/influxdb.yaml', yaml(dataSources())],
    ['provisioning/dashboards/lvs-warden.yaml', yaml(providers())],
    ['provisioning/alerting/rules.yaml', yaml(alertRules())],
    ['provisioning/alerting/contact-points.yaml', yaml(contactPoints())],
  ])
}

function yaml(value: object): string {
  return NOTE + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** Addresses come from the environment of Grafana, the password from its secret. */
function dataSources() {
  return {
    apiVersion: 1,
    prune: true,
    datasources: [
      {
        ...DATA_SOURCE,
        name: 'LVS Warden',
        access: 'proxy',
        url: '$LVS_INFLUX_URL',
        user: '$LVS_INFLUX_USER',
        isDefault: true,
        editable: false,
        jsonData: {
          dbName: '$LVS_INFLUX_DATABASE',
          httpMode: 'POST',
          timeInterval: '10s',
          version: 'InfluxQL',
        },
        secureJsonData: { password: '$__file{/run/secrets/influx-grafana}' },
      },
    ],
  }
}

function providers() {
  return {
    apiVersion: 1,
    providers: [
      {
        name: 'lvs-warden',
        orgId: 1,
        folder: FOLDER,
        folderUid: 'lvs-warden',
        type: 'file',
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: JSON_PATH, foldersFromFilesStructure: false },
      },
    ],
  }
}

function alertRules() {
  const group = (name: string, interval: string, severity: string) => ({
    orgId: 1,
    name,
    folder: FOLDER,
    interval,
    rules: ALERT_RULES.filter((rule) => rule.severity === severity).map(provisionedRule),
  })
  const groups = [group('LVS critical', '10s', 'critical'), group('LVS warnings', '30s', 'warning')]
  return { apiVersion: 1, groups }
}

/**
 * A webhook is what every pager takes; the rules name no receiver, so the default policy routes.
 */
function contactPoints() {
  return {
    apiVersion: 1,
    contactPoints: [
      {
        orgId: 1,
        name: 'lvs-warden',
        receivers: [
          {
            uid: 'lvs-webhook',
            type: 'webhook',
            settings: { url: '$LVS_ALERT_WEBHOOK', httpMethod: 'POST' },
            disableResolveMessage: false,
          },
        ],
      },
    ],
  }
}
