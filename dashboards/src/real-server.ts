import { dashboard } from './dashboard.ts'
import {
  BY_CONTROLLER,
  BY_DIRECTOR,
  each,
  latest,
  listing,
  selected,
  series,
  single,
} from './influx-target.ts'
import { UIDS } from './link-to.ts'
import { COLOURS, STATE_WORDS, thresholds } from './look.ts'
import { bars, forField, heat, lines, numbers, rows, states } from './panels.ts'
import { SERVER_MARKS, SERVERS, SERVICES } from './variables.ts'

const SERVER = selected('service', 'server')
const OWN = [...SERVER, BY_CONTROLLER]
const IN_KERNEL = [...SERVER, BY_DIRECTOR]
const NAME = '$tag_service/$tag_server'

/** One real server: can it be rebooted now, and why did it fall at 3 a.m. */
export const realServer = dashboard({
  uid: UIDS.server,
  title: 'LVS Warden / Real server',
  description: 'One real server: states, latency of its checks, connections, weight and why.',
  variables: [SERVICES, SERVERS],
  annotations: SERVER_MARKS,
  rows: [
    {
      title: 'State and weight',
      panels: [
        numbers({
          title: 'Availability',
          description: 'Share of samples in which all checks were up, in the chosen time.',
          targets: [
            single('mean("up") * 100', {
              from: 'real_server',
              where: OWN,
              groupBy: ['service', 'server'],
              alias: NAME,
            }),
          ],
          width: 6,
          height: 7,
          unit: 'percent',
          defaults: {
            decimals: 2,
            thresholds: thresholds(
              [null, COLOURS.bad],
              [99, COLOURS.warning],
              [99.9, COLOURS.good],
            ),
          },
        }),
        states({
          title: 'State',
          description: 'The worst of each window is shown. Marks tell what happened and who asked.',
          targets: [
            series('A', {
              select: 'max("state")',
              from: 'real_server',
              where: OWN,
              groupBy: ['service', 'server'],
              fill: 'none',
              alias: NAME,
            }),
          ],
          width: 18,
          height: 7,
          defaults: { mappings: STATE_WORDS },
        }),
        lines({
          title: 'Weight',
          description:
            'Configured, wanted by the controller, and in the kernels. Marks carry the reasons.',
          targets: [
            series('A', {
              select: each('mean', {
                configured: 'configured_weight',
                effective: 'effective_weight',
              }),
              from: 'real_server',
              where: OWN,
              groupBy: ['service', 'server'],
              alias: `$col ${NAME}`,
            }),
            series('B', {
              select: 'mean("weight") AS "kernel"',
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['service', 'server', 'director'],
              alias: `$tag_director ${NAME}`,
            }),
          ],
          width: 12,
        }),
        rows({
          title: 'Weights and why',
          description: 'Every change of weight with its reason, newest first.',
          targets: [
            listing(['from', 'to', 'message'], 'transition', [`"type" = 'weight'`, ...SERVER]),
          ],
          width: 12,
          sortBy: 'Time',
          overrides: [forField('message', { 'custom.width': 500 })],
        }),
      ],
    },
    {
      title: 'Checks',
      panels: [
        heat({
          title: 'Latency of checks that passed',
          description: 'How often which latency; two bands often mean two paths or two caches.',
          targets: [
            series('A', {
              select: 'mean("latency_ms")',
              from: 'check',
              where: SERVER,
              groupBy: ['service', 'server', 'check', 'vantage'],
              fill: 'none',
              alias: `${NAME} $tag_check`,
            }),
          ],
          width: 12,
          unit: 'ms',
        }),
        lines({
          title: 'Latency',
          description: 'Mean and slowest by check and vantage.',
          targets: [
            series('A', {
              select: 'mean("latency_ms") AS "mean", max("latency_ms") AS "slowest"',
              from: 'check',
              where: SERVER,
              groupBy: ['service', 'server', 'check', 'vantage'],
              alias: `$col ${NAME} $tag_check from $tag_vantage`,
            }),
          ],
          width: 12,
          unit: 'ms',
        }),
        bars({
          title: 'Outcomes',
          description:
            'Runs by outcome. Inconclusive is the trouble of the prober and never counts.',
          targets: [
            series('A', {
              select: each('sum', {
                passed: 'passed',
                failed: 'failed',
                inconclusive: 'inconclusive',
              }),
              from: 'check',
              where: SERVER,
              fill: '0',
              alias: '$col',
            }),
          ],
          width: 12,
        }),
        rows({
          title: 'Why checks did not pass',
          description: 'The last code of each check that failed or was degraded. Raw points only.',
          targets: [
            latest(
              { code: 'code' },
              { from: 'check', where: SERVER, groupBy: ['service', 'server', 'check', 'vantage'] },
            ),
          ],
          width: 12,
        }),
      ],
    },
    {
      title: 'Connections',
      panels: [
        lines({
          title: 'Connections',
          description: 'Active, inactive and persistent: a drain is over when all are 0.',
          targets: [
            series('A', {
              select: each('mean', {
                active: 'active',
                inactive: 'inactive',
                persistent: 'persistent',
              }),
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['service', 'server', 'director'],
              alias: `$col ${NAME} on $tag_director`,
            }),
          ],
          width: 8,
        }),
        lines({
          title: 'New connections',
          description: 'Per second, by the kernel’s estimator.',
          targets: [
            series('A', {
              select: 'mean("connection_rate")',
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['service', 'server', 'director'],
              alias: `${NAME} on $tag_director`,
            }),
          ],
          width: 8,
          unit: 'cps',
        }),
        lines({
          title: 'Throughput',
          description: 'From clients and, where it passes the director, to clients.',
          targets: [
            series('A', {
              select:
                'mean("in_byte_rate") AS "from clients", mean("out_byte_rate") AS "to clients"',
              from: 'real_server',
              where: IN_KERNEL,
              groupBy: ['service', 'server', 'director'],
              alias: `$col ${NAME} on $tag_director`,
            }),
          ],
          width: 8,
          unit: 'Bps',
        }),
      ],
    },
  ],
})
