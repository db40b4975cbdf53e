import type { api } from './api.ts'
import { order, question, type RoutesOf } from './api-route.ts'

/** An attempt may take a minute, and one to PagerDuty is two. */
const ALERT_TEST_TIMEOUT_MS = 130_000

type AlertVerb = 'alerts' | 'ack' | 'silences' | 'silenceAdd' | 'silenceRemove' | 'alertTest'

/** Verbs of the alerter. */
export const ALERT_ROUTES: RoutesOf<Pick<typeof api, AlertVerb>> = {
  alerts: {
    ...question,
    path: '/v1/alerts',
    summary: 'incidents, who was told, silences, what could not be told',
  },
  ack: {
    ...order,
    path: '/v1/ack',
    summary: 'take an incident on',
    touches: ({ incident }) => ({ incident }),
    signed: 'by',
    reason: 'reason',
    effect: ({ incident: { incident, summary } }) => ({ after: { incident, summary } }),
  },
  silences: { ...question, path: '/v1/silences', summary: 'what nobody is called about for now' },
  silenceAdd: {
    ...order,
    path: '/v1/silences',
    summary: 'call nobody about some things for a while',
    // Of an incident alone is not enough: what joins it later would be silent, too.
    touches: ({ match }) => ({ match }),
    signed: 'owner',
    reason: 'reason',
    effect: () => ({}),
  },
  silenceRemove: {
    ...order,
    path: '/v1/silences/remove',
    summary: 'call people again',
    touches: ({ id }) => ({ silence: id }),
    signed: 'owner',
    reason: 'reason',
    effect: () => ({}),
  },
  alertTest: {
    ...order,
    path: '/v1/alerts/test',
    summary: 'send a test notification by one channel',
    timeoutMs: ALERT_TEST_TIMEOUT_MS,
    signed: 'by',
    effect: ({ channel, outcome }) => ({ after: { channel, outcome } }),
  },
}
