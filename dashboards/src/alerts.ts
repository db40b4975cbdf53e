import { annotation, dashboard } from './dashboard.ts'
import { listing, series, single } from './influx-target.ts'
import { UIDS } from './link-to.ts'
import { COLOURS, NONE_IS_GOOD, thresholds } from './look.ts'
import { bars, forField, lines, numbers, rows } from './panels.ts'

const ALERTS = `"type" =~ /^(alert-raised|alert-cleared|guard|sorry-server|drift|apply-failed)$/`
const WIDE = [forField('message', { 'custom.width': 700 })]

/** Alerts and what operators did. */
export const alerts = dashboard({
  uid: UIDS.alerts,
  title: 'LVS Warden / Alerts and operator actions',
  description: 'What was raised, what is raised now, and who did what.',
  variables: [],
  annotations: [
    annotation('Raised', 'red', 'transition', [`"type" = 'alert-raised'`]),
    annotation('Operators', 'blue', 'operator_action', []),
  ],
  from: 'now-24h',
  rows: [
    {
      title: 'Now',
      panels: [
        numbers({
          title: 'Raised now',
          description: 'By severity; lvsctl status has their text.',
          targets: [
            single('last("raised")', {
              from: 'alert',
              groupBy: ['severity'],
              alias: '$tag_severity',
            }),
          ],
          width: 8,
          defaults: { thresholds: NONE_IS_GOOD },
        }),
        lines({
          title: 'Raised over time',
          description: 'How many alerts stood at once, by severity.',
          targets: [
            series('A', {
              select: 'max("raised")',
              from: 'alert',
              groupBy: ['severity'],
              alias: '$tag_severity',
            }),
          ],
          width: 16,
          defaults: { thresholds: thresholds([null, COLOURS.good]) },
        }),
      ],
    },
    {
      title: 'What happened',
      panels: [
        bars({
          title: 'Transitions by kind',
          description: 'A burst is worth a look even when all of it has ended.',
          targets: [
            series('A', {
              select: 'count("message")',
              from: 'transition',
              groupBy: ['type'],
              fill: '0',
              alias: '$tag_type',
            }),
          ],
          width: 12,
        }),
        bars({
          title: 'Operator actions',
          description: 'Drains, maintenance, enabling, files put in force.',
          targets: [
            series('A', {
              select: 'count("message")',
              from: 'operator_action',
              groupBy: ['type'],
              fill: '0',
              alias: '$tag_type',
            }),
          ],
          width: 12,
        }),
        rows({
          title: 'Alerts and guards',
          description: 'Raised and cleared, guards that acted, sorry servers; newest first.',
          targets: [listing(['type', 'service', 'message'], 'transition', [ALERTS], 200)],
          width: 24,
          sortBy: 'Time',
          overrides: WIDE,
        }),
        rows({
          title: 'Who did what',
          description: 'Every action of an operator, newest first.',
          targets: [listing(['by', 'type', 'message'], 'operator_action', [], 200)],
          width: 24,
          sortBy: 'Time',
          overrides: WIDE,
        }),
      ],
    },
  ],
})
