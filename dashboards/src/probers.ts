import { dashboard } from './dashboard.ts'
import { combined, selected, series, single, totals } from './influx-target.ts'
import { UIDS } from './link-to.ts'
import { COLOURS, NONE_IS_GOOD, thresholds } from './look.ts'
import { bars, lines, numbers, rows } from './panels.ts'
import { SERVICES, VANTAGES } from './variables.ts'

const VANTAGE = selected('vantage')
const CHECKS = selected('vantage', 'service')
const PROBER = '$tag_prober at $tag_vantage'
const LAG = thresholds([null, COLOURS.good], [500, COLOURS.warning], [2000, COLOURS.bad])

const over = (select: string, more: object = {}) =>
  series('A', {
    select,
    from: 'prober',
    where: VANTAGE,
    groupBy: ['prober', 'vantage'],
    alias: PROBER,
    ...more,
  })

/** Probers and vantages: who looks, how late, and who sees what others do not. */
export const probers = dashboard({
  uid: UIDS.probers,
  title: 'LVS Warden / Probers and vantages',
  description: 'Who looks, how much, how late, and who sees what others do not see.',
  variables: [VANTAGES, SERVICES],
  rows: [
    {
      title: 'Load and lag',
      panels: [
        numbers({
          title: 'Probers',
          description: 'Probers that were heard in the chosen time.',
          targets: [
            combined('count("x")', 'sum("observations") AS "x"', {
              from: 'prober',
              where: VANTAGE,
              groupBy: ['prober', 'vantage'],
            }),
          ],
          width: 6,
        }),
        numbers({
          title: 'Longest lag',
          description:
            'From the end of a run until it was heard; above two seconds failover is slow.',
          targets: [single('max("lag_ms")', { from: 'prober', where: VANTAGE })],
          width: 6,
          unit: 'ms',
          defaults: { thresholds: LAG },
        }),
        numbers({
          title: 'Inconclusive runs',
          description: 'Trouble of probers themselves: file descriptors, permissions, addresses.',
          targets: [single('sum("inconclusive")', { from: 'prober', where: VANTAGE })],
          width: 6,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Observations',
          description: 'Runs that were heard of in the chosen time.',
          targets: [single('sum("observations")', { from: 'prober', where: VANTAGE })],
          width: 6,
          unit: 'short',
        }),
        lines({
          title: 'Observations',
          description: 'By prober; a line that falls to nothing is a prober that is gone.',
          targets: [over('sum("observations")')],
          width: 12,
          isStacked: true,
        }),
        lines({
          title: 'Lag',
          description: 'The slowest observation of each window.',
          targets: [over('max("lag_ms")')],
          width: 12,
          unit: 'ms',
          defaults: { thresholds: LAG },
        }),
        bars({
          title: 'Failures by prober',
          description:
            'A prober that sees most of everything fail is probably the one that is ill.',
          targets: [over('sum("failed")', { fill: '0' })],
          width: 12,
        }),
        bars({
          title: 'Inconclusive by prober',
          description: 'These never count against a real server.',
          targets: [over('sum("inconclusive")', { fill: '0' })],
          width: 12,
        }),
      ],
    },
    {
      title: 'Disagreement',
      panels: [
        lines({
          title: 'Share of failures by vantage',
          description: 'Lines far apart mean that vantages do not see the same.',
          targets: [
            series('A', {
              select: '100 * sum("failed") / (sum("failed") + sum("passed"))',
              from: 'check',
              where: CHECKS,
              groupBy: ['vantage'],
              alias: '$tag_vantage',
            }),
          ],
          width: 12,
          unit: 'percent',
          defaults: { min: 0 },
        }),
        lines({
          title: 'Latency by vantage',
          description: 'The same checks from several places.',
          targets: [
            series('A', {
              select: 'mean("latency_ms")',
              from: 'check',
              where: CHECKS,
              groupBy: ['vantage', 'service'],
              alias: '$tag_vantage $tag_service',
            }),
          ],
          width: 12,
          unit: 'ms',
        }),
        rows({
          title: 'Failures by check and vantage',
          description: 'Rows of one check with very different numbers are disagreements.',
          targets: [
            totals('sum("failed") AS "failed", sum("passed") AS "passed"', {
              from: 'check',
              where: CHECKS,
              groupBy: ['service', 'server', 'check', 'vantage'],
            }),
          ],
          width: 24,
          height: 10,
          sortBy: 'failed',
        }),
      ],
    },
  ],
})
