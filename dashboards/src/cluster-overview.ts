import { dashboard } from './dashboard.ts'
import {
  BY_CONTROLLER,
  BY_DIRECTOR,
  combined,
  latest,
  listing,
  selected,
  series,
  single,
} from './influx-target.ts'
import { linkColumn, UIDS } from './link-to.ts'
import { COLOURS, MUCH_IS_GOOD, NONE_IS_GOOD, STATE_WORDS, thresholds } from './look.ts'
import { bars, forField, lines, numbers, rows, states } from './panels.ts'
import { SERVICE_MARKS, SERVICES } from './variables.ts'

const SERVICE = selected('service')
const OWN = [...SERVICE, BY_CONTROLLER]
const number = (outer: string, inner: string) =>
  combined(outer, inner, { from: 'virtual_service', where: OWN, groupBy: ['service'] })

const SERVER_COLUMNS = {
  state: 'state',
  weight: 'effective_weight',
  configured: 'configured_weight',
}

/** What is wrong now, and how much is left before it hurts. */
export const clusterOverview = dashboard({
  uid: UIDS.overview,
  title: 'LVS Warden / Cluster overview',
  description: 'What is wrong now, and how much capacity each service has left.',
  variables: [SERVICES],
  annotations: SERVICE_MARKS,
  rows: [
    {
      title: 'Now',
      panels: [
        numbers({
          title: 'Real servers down',
          description: 'Real servers whose checks say down, whatever the operator wants.',
          targets: [number('sum("x")', 'last("down") AS "x"')],
          width: 4,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Least capacity',
          description: 'Of all services, the smallest share of the configured weight that serves.',
          targets: [number('min("x")', 'last("capacity_percent") AS "x"')],
          width: 5,
          unit: 'percent',
          defaults: { thresholds: MUCH_IS_GOOD },
        }),
        numbers({
          title: 'Services in panic',
          description: 'The panic threshold keeps failed real servers in: look at them first.',
          targets: [number('sum("x")', 'last("panic") AS "x"')],
          width: 5,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Sorry servers',
          description: 'Services whose clients see the sorry server: nothing else is left.',
          targets: [number('sum("x")', 'last("sorry") AS "x"')],
          width: 5,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Alerts',
          description: 'Alerts that are raised now, by severity; lvsctl status has their text.',
          targets: [
            single('last("raised")', {
              from: 'alert',
              groupBy: ['severity'],
              alias: '$tag_severity',
            }),
          ],
          width: 5,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        rows({
          title: 'Real servers, worst first',
          description: 'Every real server as it is now. Its name leads to its own dashboard.',
          targets: [
            latest(SERVER_COLUMNS, {
              from: 'real_server',
              where: OWN,
              groupBy: ['service', 'server'],
            }),
          ],
          width: 12,
          height: 10,
          sortBy: 'state',
          defaults: { mappings: [] },
          overrides: [
            forField('Time', { 'custom.hideFrom': { viz: true, legend: true, tooltip: true } }),
            forField('state', {
              mappings: STATE_WORDS,
              'custom.cellOptions': { type: 'color-background' },
            }),
            linkColumn('server', UIDS.server, { service: 'service', server: 'server' }),
            linkColumn('service', UIDS.service, { service: 'service' }),
          ],
        }),
        rows({
          title: 'Latest transitions',
          description: 'What changed last, newest first.',
          targets: [listing(['type', 'message'], 'transition', SERVICE, 50)],
          width: 12,
          height: 10,
          sortBy: 'Time',
          overrides: [forField('message', { 'custom.width': 600 })],
        }),
      ],
    },
    {
      title: 'Capacity and state',
      panels: [
        lines({
          title: 'Capacity left',
          description: 'Effective weight as a share of the configured weight, by service.',
          targets: [
            series('A', {
              select: 'mean("capacity_percent")',
              from: 'virtual_service',
              where: OWN,
              groupBy: ['service'],
              alias: '$tag_service',
            }),
          ],
          width: 12,
          unit: 'percent',
          defaults: { min: 0, max: 100, thresholds: MUCH_IS_GOOD },
        }),
        states({
          title: 'Real servers',
          description: 'State of every real server; the worst of each window is shown.',
          targets: [
            series('A', {
              select: 'max("state")',
              from: 'real_server',
              where: OWN,
              groupBy: ['service', 'server'],
              fill: 'none',
              alias: '$tag_service/$tag_server',
            }),
          ],
          width: 12,
          defaults: { mappings: STATE_WORDS },
        }),
      ],
    },
    {
      title: 'Traffic and checks',
      panels: [
        lines({
          title: 'Active connections',
          description: 'As the kernels count them, summed over directors, by service.',
          targets: [
            series('A', {
              select: 'mean("active")',
              from: 'virtual_service',
              where: [...SERVICE, BY_DIRECTOR],
              groupBy: ['service', 'director'],
              alias: '$tag_service on $tag_director',
            }),
          ],
          width: 8,
          isStacked: true,
        }),
        lines({
          title: 'New connections',
          description: 'Connections per second by the kernel’s estimator.',
          targets: [
            series('A', {
              select: 'mean("connection_rate")',
              from: 'virtual_service',
              where: [...SERVICE, BY_DIRECTOR],
              groupBy: ['service', 'director'],
              alias: '$tag_service on $tag_director',
            }),
          ],
          width: 8,
          unit: 'cps',
          isStacked: true,
        }),
        bars({
          title: 'Failed checks',
          description:
            'Runs that failed, by service: a storm across services points at the network.',
          targets: [
            series('A', {
              select: 'sum("failed")',
              from: 'check',
              where: SERVICE,
              groupBy: ['service'],
              fill: '0',
              alias: '$tag_service',
            }),
          ],
          width: 8,
          defaults: { thresholds: thresholds([null, COLOURS.bad]) },
        }),
      ],
    },
  ],
})
