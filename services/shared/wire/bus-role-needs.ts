/** Who logs in to NATS: each kind of service, and people with a NATS client in their hand. */
export const BUS_ROLES = [
  'controller',
  'prober',
  'director',
  'console',
  'historian',
  'alerter',
  'admin',
] as const
export type BusRole = (typeof BUS_ROLES)[number]

/**
 * What a role does on the bus, by names without the cluster: `table.*` is `lvs.<cluster>.table.*`,
 * bucket `lease` is `<cluster>-lease`, log `events` is `<cluster>-events`.
 */
export interface BusRoleNeeds {
  readonly publishes: readonly string[]
  /** Subscribes to, requests that it answers among them. */
  readonly listens: readonly string[]
  readonly reads: readonly string[]
  /** Bucket to the keys it may write in it. */
  readonly writes: Readonly<Record<string, string>>
  readonly follows: readonly string[]
  readonly appends: readonly string[]
  /** Buckets and logs that it makes when they are not there. */
  readonly makes: readonly string[]
}

/** Names of a cluster's logs; every other store is a bucket. */
export const BUS_LOGS: readonly string[] = ['events', 'audit']

/** The least that each service needs: what it has not is what a thief of its password has not. */
export const BUS_ROLE_NEEDS: Readonly<Record<Exclude<BusRole, 'admin'>, BusRoleNeeds>> = {
  controller: {
    publishes: ['table.*', 'leading', 'controllers.*', 'hook.*', 'echo.*'],
    listens: [
      ...['observations.*', 'report.*', 'heartbeat.*', 'echo.*'],
      ...['leading', 'controllers.*', 'hook-result.*', 'alerting', 'api.*'],
    ],
    reads: ['cluster-file', 'overrides', 'lease', 'alerts', 'windows'],
    writes: { 'cluster-file': '>', overrides: '>', lease: 'controller', alerts: '>', windows: '>' },
    follows: ['events'],
    appends: ['events'],
    makes: [
      ...['cluster-file', 'overrides', 'lease', 'alerts', 'windows'],
      ...['directors', 'historian', 'alerter', 'users', 'plans', 'events', 'audit'],
    ],
  },
  prober: {
    publishes: ['observations.*', 'heartbeat.*', 'check.*', 'push'],
    listens: ['heartbeat.*', 'leading', 'check.*', 'push', 'api.check', 'api.push'],
    reads: ['cluster-file'],
    writes: {},
    follows: [],
    appends: [],
    makes: [],
  },
  director: {
    publishes: ['report.*', 'hook-result.*'],
    listens: ['table.*', 'leading', 'hook.*'],
    reads: ['cluster-file', 'directors'],
    writes: { directors: '>' },
    follows: [],
    appends: [],
    makes: [],
  },
  console: {
    publishes: ['api.*', 'check.*', 'push'],
    listens: ['api.*', 'report.*', 'leading', 'controllers.*', 'heartbeat.*'],
    reads: ['cluster-file', 'overrides', 'alerts', 'users', 'plans'],
    writes: { 'cluster-file': '>', users: '>', plans: '>' },
    follows: ['events', 'audit'],
    appends: ['events', 'audit'],
    makes: [],
  },
  historian: {
    publishes: ['api.status'],
    listens: [
      ...['observations.*', 'report.*', 'leading', 'controllers.*', 'heartbeat.*'],
      ...['api.history', 'api.history-export', 'api.report'],
    ],
    reads: ['cluster-file', 'overrides', 'alerts', 'lease', 'historian'],
    writes: { lease: 'historian', historian: '>' },
    follows: ['events'],
    appends: ['events'],
    makes: [],
  },
  alerter: {
    publishes: ['api.status', 'api.report', 'alerting'],
    listens: [
      'api.alert-test',
      ...['api.alerts', 'api.ack', 'api.silences', 'api.silence-add', 'api.silence-remove'],
    ],
    reads: ['cluster-file', 'alerts', 'alerter', 'lease'],
    writes: { lease: 'alerter', alerter: '>' },
    follows: ['events'],
    appends: ['events'],
    makes: [],
  },
}
