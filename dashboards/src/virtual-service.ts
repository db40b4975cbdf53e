import { dashboard } from './dashboard.ts'
import {
  BY_CONTROLLER,
  BY_DIRECTOR,
  latest,
  listing,
  selected,
  series,
  single,
} from './influx-target.ts'
import { linkColumn, UIDS } from './link-to.ts'
import { MUCH_IS_GOOD, NONE_IS_GOOD, STATE_WORDS } from './look.ts'
import { bars, forField, lines, numbers, rows, states } from './panels.ts'
import { ONE_SERVICE, SERVICE_MARKS } from './variables.ts'

const SERVICE = selected('service')
const OWN = [...SERVICE, BY_CONTROLLER]
const IN_KERNEL = [...SERVICE, BY_DIRECTOR]

const now = (field: string, refId = 'A') =>
  single(`last("${field}")`, { from: 'virtual_service', where: OWN, alias: field, refId })

/** One virtual service: who serves it, with which weight, how fast, how much. */
export const virtualService = dashboard({
  uid: UIDS.service,
  title: 'LVS Warden / Virtual service',
  description: 'One virtual service: who serves it, with which weight, how fast and how much.',
  variables: [ONE_SERVICE],
  annotations: SERVICE_MARKS,
  rows: [
    {
      title: 'Now',
      panels: [
        numbers({
          title: 'Capacity left',
          description: 'Effective weight as a share of the configured weight.',
          targets: [now('capacity_percent')],
          width: 6,
          unit: 'percent',
          defaults: { thresholds: MUCH_IS_GOOD },
        }),
        numbers({
          title: 'Real servers serving',
          description: 'Real servers with weight in the tables.',
          targets: [now('serving')],
          width: 6,
        }),
        numbers({
          title: 'Real servers down',
          description: 'Real servers whose checks say down.',
          targets: [now('down')],
          width: 6,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Guards',
          description: 'Above 0: failed real servers are kept in, or the sorry server serves.',
          targets: [now('panic'), now('sorry', 'B')],
          width: 6,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
      ],
    },
    {
      title: 'Real servers',
      panels: [
        states({
          title: 'State',
          description: 'The worst of each window is shown.',
          targets: [
            series('A', {
              select: 'max("state")',
              from: 'real_server',
              where: OWN,
              groupBy: ['server'],
              fill: 'none',
              alias: '$tag_server',
            }),
          ],
          width: 12,
          defaults: { mappings: STATE_WORDS },
        }),
        lines({
          title: 'Effective weight',
          description: 'What the controller wants in the tables.',
          targets: [
            series('A', {
              select: 'mean("effective_weight")',
              from: 'real_server',
              where: OWN,
              groupBy: ['server'],
              alias: '$tag_server',
            }),
          ],
          width: 12,
          isStacked: true,
        }),
        lines({
          title: 'Latency',
          description:
            'Duration of checks that passed; a real server that leaves the crowd is next.',
          targets: [
            series('A', {
              select: 'mean("latency_ms")',
              from: 'check',
              where: SERVICE,
              groupBy: ['server', 'check'],
              alias: '$tag_server $tag_check',
            }),
          ],
          width: 12,
          unit: 'ms',
        }),
        bars({
          title: 'Failed checks',
          description: 'Runs that failed, by real server.',
          targets: [
            series('A', {
              select: 'sum("failed")',
              from: 'check',
              where: SERVICE,
              groupBy: ['server'],
              fill: '0',
              alias: '$tag_server',
            }),
          ],
          width: 12,
        }),
        rows({
          title: 'Real servers now',
          description: 'A name leads to the dashboard of that real server.',
          targets: [
            latest(
              { state: 'state', weight: 'effective_weight', configured: 'configured_weight' },
              { from: 'real_server', where: OWN, groupBy: ['server'] },
            ),
          ],
          width: 12,
          sortBy: 'state',
          overrides: [
            forField('state', {
              mappings: STATE_WORDS,
              'custom.cellOptions': { type: 'color-background' },
            }),
            linkColumn('server', UIDS.server, { server: 'server' }),
          ],
        }),
        rows({
          title: 'What happened',
          description: 'Transitions of this service and its real servers.',
          targets: [listing(['type', 'server', 'message'], 'transition', SERVICE)],
          width: 12,
          sortBy: 'Time',
        }),
      ],
    },
    {
      title: 'Traffic',
      panels: [
        lines({
          title: 'Active connections',
          description: 'By real server and director, as the kernels count them.',
          targets: [
            series('A', {
              select: 'mean("active")',
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['server', 'director'],
              alias: '$tag_server on $tag_director',
            }),
          ],
          width: 8,
          isStacked: true,
        }),
        lines({
          title: 'New connections',
          description: 'Per second, by real server: the scheduler at work.',
          targets: [
            series('A', {
              select: 'mean("connection_rate")',
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['server'],
              alias: '$tag_server',
            }),
          ],
          width: 8,
          unit: 'cps',
          isStacked: true,
        }),
        lines({
          title: 'Throughput',
          description: 'From clients and, where it passes the director, to clients.',
          targets: [
            series('A', {
              select:
                'mean("in_byte_rate") AS "from clients", mean("out_byte_rate") AS "to clients"',
              from: 'virtual_service',
              where: IN_KERNEL,
              groupBy: ['director'],
              alias: '$col on $tag_director',
            }),
          ],
          width: 8,
          unit: 'Bps',
        }),
      ],
    },
  ],
})
