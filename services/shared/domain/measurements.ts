/** How several values of a field become one when they are rolled up. */
export type Aggregate = 'mean' | 'max' | 'sum' | 'last'

/** One field of a measurement. */
export interface FieldSpec {
  readonly type: 'float' | 'integer' | 'string'
  /** `ms`, `bytes/s`, …; empty for words and plain counts. */
  readonly unit: string
  /**
   * What is kept of it in roll-ups; the first under its own name, others as `latency_ms_max`. None
   * for what only single points have.
   */
  readonly rollUps: readonly Aggregate[]
  readonly help: string
}

/** One kind of point. */
export interface MeasurementSpec {
  readonly help: string
  /** Samples are rolled up as they age; events are kept one by one. */
  readonly kind: 'sample' | 'event'
  /** Name and meaning of each tag; a point may lack some. */
  readonly tags: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, FieldSpec>>
}

const TAGS = {
  service: 'virtual service, as the cluster file names it',
  server: 'real server, as the cluster file names it',
  director: 'director',
} as const

function gauge(unit: string, help: string, type: FieldSpec['type'] = 'integer'): FieldSpec {
  return { type, unit, rollUps: ['mean'], help }
}

function peak(unit: string, help: string, type: FieldSpec['type'] = 'integer'): FieldSpec {
  return { type, unit, rollUps: ['mean', 'max'], help }
}

function worst(unit: string, help: string): FieldSpec {
  return { type: 'integer', unit, rollUps: ['max'], help }
}

function counter(help: string): FieldSpec {
  return { type: 'integer', unit: '', rollUps: ['sum'], help }
}

function words(help: string): FieldSpec {
  return { type: 'string', unit: '', rollUps: [], help }
}

const RATES = {
  connection_rate: gauge('connections/s', 'new connections, by the kernel’s estimator', 'float'),
  in_packet_rate: gauge('packets/s', 'packets from clients', 'float'),
  out_packet_rate: gauge('packets/s', 'packets to clients, where they pass the director', 'float'),
  in_byte_rate: gauge('bytes/s', 'bytes from clients', 'float'),
  out_byte_rate: gauge('bytes/s', 'bytes to clients, where they pass the director', 'float'),
} as const

const CONNECTIONS = {
  active: peak('connections', 'active connections in the kernel'),
  inactive: gauge('connections', 'inactive connections in the kernel'),
} as const

/** Everything that is written, declared once: for InfluxDB, local files, dashboards and docs. */
export const MEASUREMENTS = {
  check: {
    help: 'one run of one check of one real server, from one vantage',
    kind: 'sample',
    tags: {
      service: TAGS.service,
      server: TAGS.server,
      check: 'label of the check, unique within its real server',
      vantage: 'the place it was looked at from',
    },
    fields: {
      latency_ms: peak('ms', 'how long it took; of runs that passed only', 'float'),
      outcome: words('`pass`, `degraded`, `fail` or `inconclusive`'),
      code: words('why it did not simply pass: `connect.refused`, `http.status`'),
      passed: counter('1 when it passed, degraded or not'),
      failed: counter('1 when it failed'),
      inconclusive: counter('1 when the prober itself was in trouble'),
    },
  },
  real_server: {
    help: 'a real server: as the controller sees it, and with `director` as that kernel does',
    kind: 'sample',
    tags: TAGS,
    fields: {
      configured_weight: gauge('', 'weight in the cluster file'),
      effective_weight: gauge('', 'weight that the controller wants in the tables now'),
      up: gauge('', '1 when all of its checks are up'),
      state: worst(
        '',
        '0 serving, 1 degraded, 2 unknown, 3 draining, 4 taken out by an operator, 5 down',
      ),
      weight: gauge('', 'weight in the kernel'),
      ...CONNECTIONS,
      persistent: gauge('connections', 'persistence templates in the kernel'),
      ...RATES,
    },
  },
  virtual_service: {
    help: 'a virtual service: as the controller sees it, and with `director` as that kernel does',
    kind: 'sample',
    tags: { service: TAGS.service, director: TAGS.director },
    fields: {
      real_servers: gauge('', 'real servers in the cluster file'),
      serving: gauge('', 'real servers with weight'),
      down: worst('', 'real servers whose checks say down'),
      configured_weight: gauge('', 'sum of the configured weights'),
      effective_weight: gauge('', 'sum of the effective weights'),
      capacity_percent: gauge('%', 'effective weight as a share of the configured', 'float'),
      panic: worst('', '1 while the panic threshold keeps failed real servers in'),
      sorry: worst('', '1 while the sorry server serves'),
      ...CONNECTIONS,
      ...RATES,
    },
  },
  director: {
    help: 'a director, by its own reports and by what the controller heard of it',
    kind: 'sample',
    tags: { director: TAGS.director },
    fields: {
      generation: { type: 'integer', unit: '', rollUps: ['max'], help: 'of the table it holds' },
      behind: worst('', 'generations that it holds less than the controller wants'),
      report_age_ms: peak('ms', 'age of its last report when the controller was asked', 'float'),
      services: gauge('', 'virtual services in its kernel'),
      rows: gauge('', 'real servers in its kernel, a row each'),
      foreign: gauge('', 'virtual services in its kernel that are not ours'),
      drift: counter('changes by others that it undid'),
      failures: counter('changes that its kernel refused'),
      problem: worst('', '1 while its table cannot be read or written'),
      ...CONNECTIONS,
      ...RATES,
    },
  },
  prober: {
    help: 'a prober, by the observations that came from it in the last seconds',
    kind: 'sample',
    tags: { prober: 'prober', vantage: 'the place it looks from' },
    fields: {
      observations: counter('observations heard'),
      failed: counter('of these, failures'),
      inconclusive: counter('of these, trouble of the prober itself'),
      lag_ms: peak('ms', 'from the end of a run until it was heard here', 'float'),
    },
  },
  alert: {
    help: 'alerts that are raised now',
    kind: 'sample',
    tags: { severity: '`warning` or `critical`' },
    fields: { raised: worst('', 'how many') },
  },
  transition: {
    help: 'something changed: health, weight, a guard, a table, an alert',
    kind: 'event',
    tags: {
      type: 'kind of event: `health`, `weight`, `guard`, `drift`, `alert-raised`, …',
      ...TAGS,
    },
    fields: {
      message: words('the whole story'),
      from: words('what it was'),
      to: words('what it is'),
      sequence: { type: 'integer', unit: '', rollUps: [], help: 'place in the event log' },
    },
  },
  operator_action: {
    help: 'somebody asked for something, or what was asked for ended',
    kind: 'event',
    tags: { type: 'kind of event: `operator`, `override-ended`, `cluster-file`', ...TAGS },
    fields: {
      message: words('the whole story'),
      by: words('who'),
      from: words('what has ended'),
      to: words('what was asked for'),
      sequence: { type: 'integer', unit: '', rollUps: [], help: 'place in the event log' },
    },
  },
  service_internal: {
    help: 'the monitor itself, as the historian sees it',
    kind: 'sample',
    tags: { part: '`historian`, `controller` or `bus`', instance: 'name of the process' },
    fields: {
      points: counter('points taken since the last sample'),
      dropped: counter('points given up since the last sample: no room, too late, refused'),
      waiting: worst('points', 'points that wait for InfluxDB, in memory and on disk'),
      spool_bytes: worst('bytes', 'disk that waiting points take'),
      series: worst('', 'series seen since the start'),
      write_ms: peak('ms', 'how long writes to InfluxDB took', 'float'),
      answer_ms: peak('ms', 'how long the controller took to say its status', 'float'),
      reachable: gauge('', '1 when it answers'),
      loop_lag_ms: peak('ms', 'how late timers of the process are', 'float'),
      cpu_percent: gauge('%', 'processor time of the process', 'float'),
      memory_bytes: gauge('bytes', 'resident memory of the process'),
    },
  },
} as const satisfies Readonly<Record<string, MeasurementSpec>>

/** The name of a measurement. */
export type MeasurementName = keyof typeof MEASUREMENTS

/** What is declared of a measurement, with the names of its tags and fields as plain text. */
export function measurementSpec(name: MeasurementName): MeasurementSpec {
  return MEASUREMENTS[name]
}

/** Every measurement. */
export const MEASUREMENT_NAMES = Object.keys(MEASUREMENTS) as readonly MeasurementName[]
