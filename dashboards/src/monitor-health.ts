import { dashboard } from './dashboard.ts'
import { series, single } from './influx-target.ts'
import { UIDS } from './link-to.ts'
import { COLOURS, NONE_IS_GOOD, REACHABLE_WORDS, thresholds } from './look.ts'
import { bars, lines, numbers, states } from './panels.ts'

const HISTORIAN = `"part" = 'historian'`
const NAME = '$tag_part $tag_instance'

const over = (select: string, more: object = {}) =>
  series('A', {
    select,
    from: 'service_internal',
    where: [HISTORIAN],
    groupBy: ['part', 'instance'],
    alias: NAME,
    ...more,
  })

/** The monitor's own health. */
export const monitorHealth = dashboard({
  uid: UIDS.health,
  title: 'LVS Warden / Monitor',
  description: 'The monitor itself: who answers, what waits, what was lost, what it costs.',
  variables: [],
  rows: [
    {
      title: 'Parts',
      panels: [
        states({
          title: 'Who answers',
          description: 'The controller, the bus, and the database, as the historian sees them.',
          targets: [over('min("reachable")', { where: [], fill: 'none' })],
          width: 16,
          defaults: { mappings: REACHABLE_WORDS },
        }),
        numbers({
          title: 'Points lost',
          description: 'Points of history given up in the chosen time: no room, refused, too late.',
          targets: [single('sum("dropped")', { from: 'service_internal' })],
          width: 4,
          height: 8,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        numbers({
          title: 'Points waiting',
          description: 'Points that wait for InfluxDB, in memory and on disk.',
          targets: [single('last("waiting")', { from: 'service_internal', where: [HISTORIAN] })],
          width: 4,
          height: 8,
          unit: 'short',
          defaults: {
            thresholds: thresholds([null, COLOURS.good], [50_000, COLOURS.warning]),
          },
        }),
      ],
    },
    {
      title: 'History',
      panels: [
        bars({
          title: 'Points written down',
          description: 'Points taken in each window.',
          targets: [over('sum("points")', { fill: '0' })],
          width: 8,
        }),
        lines({
          title: 'Duration of writes',
          description: 'How long InfluxDB took for a batch.',
          targets: [over('max("write_ms")')],
          width: 8,
          unit: 'ms',
        }),
        lines({
          title: 'Waiting on disk',
          description: 'Grows while InfluxDB is away, and shrinks when it is back.',
          targets: [over('max("spool_bytes")')],
          width: 8,
          unit: 'bytes',
        }),
        lines({
          title: 'Series',
          description: 'Series of points seen; it should only grow with the cluster file.',
          targets: [over('max("series")')],
          width: 8,
        }),
        lines({
          title: 'Answer of the controller',
          description: 'How long the controller took to say its status.',
          targets: [over('max("answer_ms")', { where: [`"part" = 'controller'`] })],
          width: 8,
          unit: 'ms',
        }),
        bars({
          title: 'Points lost',
          description: 'Points of history given up.',
          targets: [over('sum("dropped")', { fill: '0' })],
          width: 8,
        }),
      ],
    },
    {
      title: 'Process of the historian',
      panels: [
        lines({
          title: 'Processor',
          description: 'Of one core; in a standalone monitor this is the whole of it.',
          targets: [over('mean("cpu_percent")')],
          width: 8,
          unit: 'percent',
        }),
        lines({
          title: 'Memory',
          description: 'Resident.',
          targets: [over('mean("memory_bytes")')],
          width: 8,
          unit: 'bytes',
        }),
        lines({
          title: 'Late timers',
          description: 'The longest that the process kept its timers waiting.',
          targets: [over('max("loop_lag_ms")')],
          width: 8,
          unit: 'ms',
        }),
      ],
    },
  ],
})
