import { dashboard } from './dashboard.ts'
import { latest, selected, series, single } from './influx-target.ts'
import { UIDS } from './link-to.ts'
import { COLOURS, NONE_IS_GOOD, TROUBLE_WORDS, thresholds } from './look.ts'
import { bars, lines, numbers, rows, states } from './panels.ts'
import { DIRECTOR_MARKS, DIRECTORS } from './variables.ts'

const DIRECTOR = selected('director')
const NAME = '$tag_director'
const FRESH = thresholds([null, COLOURS.good], [3000, COLOURS.warning], [5000, COLOURS.bad])

const now = (field: string) =>
  single(`last("${field}")`, {
    from: 'director',
    where: DIRECTOR,
    groupBy: ['director'],
    alias: NAME,
  })

const over = (select: string, more: object = {}) =>
  series('A', {
    select,
    from: 'director',
    where: DIRECTOR,
    groupBy: ['director'],
    alias: NAME,
    ...more,
  })

/** Directors: do they hold what they shall, are they equal, who else writes to their tables. */
export const director = dashboard({
  uid: UIDS.director,
  title: 'LVS Warden / Director',
  description: 'Do directors hold what they shall, are they equal, who else changes their tables.',
  variables: [DIRECTORS],
  annotations: DIRECTOR_MARKS,
  rows: [
    {
      title: 'Parity',
      panels: [
        numbers({
          title: 'Age of the last report',
          description:
            'Directors report each second; after five seconds of silence an alert is raised.',
          targets: [now('report_age_ms')],
          width: 6,
          unit: 'ms',
          defaults: { thresholds: FRESH },
        }),
        numbers({
          title: 'Generations behind',
          description: 'Above 0: the director has yet to make the newest table so.',
          targets: [now('behind')],
          width: 6,
          defaults: { thresholds: thresholds([null, COLOURS.good], [1, COLOURS.warning]) },
        }),
        numbers({
          title: 'Rows in the kernel',
          description: 'Directors of one cluster should show the same number.',
          targets: [now('rows')],
          width: 6,
        }),
        numbers({
          title: 'Foreign services',
          description: 'Virtual services in the kernel that are not ours; they are left alone.',
          targets: [now('foreign')],
          width: 6,
        }),
        states({
          title: 'Trouble with the table',
          description: 'Whether the kernel’s table can be read and written.',
          targets: [over('max("problem")', { fill: 'none' })],
          width: 12,
          defaults: { mappings: TROUBLE_WORDS },
        }),
        lines({
          title: 'Generation held',
          description: 'Lines of directors in step lie on each other.',
          targets: [over('max("generation")')],
          width: 12,
        }),
      ],
    },
    {
      title: 'Sync and drift',
      panels: [
        lines({
          title: 'Age of reports',
          description: 'How old the last report was each time the controller was asked.',
          targets: [over('max("report_age_ms")')],
          width: 8,
          unit: 'ms',
          defaults: { thresholds: FRESH },
        }),
        bars({
          title: 'Drift',
          description: 'Changes by others that were undone. Something else writes to the table.',
          targets: [over('sum("drift")', { fill: '0' })],
          width: 8,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        bars({
          title: 'Refused changes',
          description: 'Changes that the kernel did not take.',
          targets: [over('sum("failures")', { fill: '0' })],
          width: 8,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        rows({
          title: 'Virtual services in the kernels',
          description: 'By director, with what they carry now.',
          targets: [
            latest(
              { active: 'active', inactive: 'inactive' },
              { from: 'virtual_service', where: DIRECTOR, groupBy: ['director', 'service'] },
            ),
          ],
          width: 24,
        }),
      ],
    },
    {
      title: 'Traffic',
      panels: [
        lines({
          title: 'Connections',
          description: 'Active and inactive in the whole table, foreign services included.',
          targets: [
            over('mean("active") AS "active", mean("inactive") AS "inactive"', {
              alias: `$col ${NAME}`,
            }),
          ],
          width: 8,
        }),
        lines({
          title: 'New connections',
          description: 'Per second over all services.',
          targets: [over('mean("connection_rate")')],
          width: 8,
          unit: 'cps',
        }),
        lines({
          title: 'Throughput',
          description: 'From clients and, where it passes the director, to clients.',
          targets: [
            over('mean("in_byte_rate") AS "from clients", mean("out_byte_rate") AS "to clients"', {
              alias: `$col ${NAME}`,
            }),
          ],
          width: 8,
          unit: 'Bps',
        }),
        lines({
          title: 'Packets',
          description: 'From clients and, where they pass the director, to clients.',
          targets: [
            over(
              'mean("in_packet_rate") AS "from clients", mean("out_packet_rate") AS "to clients"',
              { alias: `$col ${NAME}` },
            ),
          ],
          width: 24,
          unit: 'pps',
        }),
      ],
    },
  ],
})
