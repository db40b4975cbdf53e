import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { nearestKey } from '../shared/domain/nearest-key.ts'
import type { Point } from '../shared/domain/point.ts'
import type { Report } from '../shared/domain/report.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { EventQuery, History } from '../shared/ports/history.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { api } from '../shared/wire/api.ts'
import type { ReportRequest } from '../shared/wire/report-api.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import {
  type AvailabilityEvent,
  availabilityOf,
  type Members,
  type Span,
} from './core/availability.ts'
import { mendHealth, type PresentHealth } from './core/mend-health.ts'

/** What reports stand on. */
export interface ReportParts {
  readonly cluster: string
  readonly bus: Bus
  readonly clock: Clock
  readonly history: History
  /** `web`, `web/web1`, …: what the cluster file has now. */
  readonly names: () => readonly string[]
}

const DAY_MS = 86_400_000
/** How things were at the beginning is known from events before it. */
const LOOK_BACK_MS = 180 * DAY_MS
const STATUS_TIMEOUT_MS = 3000
/** A time that ends so lately ends now. */
const NOW_MS = 60_000
/** More changes of health than anybody has in half a year. */
const MOST_EVENTS = 200_000

/** Answers `report`; returns how to stop. */
export function answerReport(parts: ReportParts): () => void {
  return answerVerb(parts.bus, parts.cluster, api.report, (request) => reportOf(parts, request))
}

async function reportOf(
  parts: ReportParts,
  { fromMs, toMs, service }: ReportRequest,
): Promise<Report> {
  const { cluster, clock, history, names } = parts
  const untilMs = Math.min(toMs, clock.now())
  if (!(untilMs > fromMs)) {
    throw new ServiceError('api.bad-request', 'report: its end must be later than its beginning')
  }
  const members = membersOf(names(), service)
  const range = { fromMs: fromMs - LOOK_BACK_MS, toMs: untilMs, limit: MOST_EVENTS }
  const found = [
    ...(await eventsOf(history, {
      measurement: 'transition',
      where: { type: ['health', 'leader'] },
      ...range,
    })),
    ...(await eventsOf(history, {
      measurement: 'operator_action',
      where: { type: ['operator', 'override-ended'] },
      ...range,
    })),
  ].sort((one, other) => one.at - other.at)
  const firstMs = await firstRecord(history, { fromMs, toMs: untilMs })
  const recordedFromMs = Math.min(Math.max(fromMs, firstMs ?? untilMs), untilMs)
  const isOfNow = clock.now() - untilMs < NOW_MS
  const present = isOfNow ? await presentHealth(parts) : []
  const { problem } = history.statistics()
  return {
    cluster,
    fromMs,
    toMs: untilMs,
    recordedFromMs,
    services: availabilityOf(members, mendHealth(found.flatMap(eventIn), present), {
      fromMs: recordedFromMs,
      toMs: untilMs,
    }),
    ...(problem !== undefined && { problem }),
  }
}

async function eventsOf(history: History, query: EventQuery): Promise<readonly Point[]> {
  const points = await history.events(query)
  if (points.length < query.limit) return points
  const message = `report: more than ${query.limit} events; ask for a shorter time`
  throw new ServiceError('history.too-much', message)
}

/** Where the record begins, if not before the time that is asked for. */
async function firstRecord(history: History, span: Span): Promise<number | undefined> {
  const any = { measurement: 'transition', where: {} } as const
  const before = { fromMs: span.fromMs - LOOK_BACK_MS, toMs: span.fromMs }
  const [earlier] = await history.events({ ...any, ...before, limit: 1 })
  if (earlier !== undefined) return span.fromMs
  const [first] = await history.events({ ...any, ...span, limit: MOST_EVENTS })
  return first === undefined ? undefined : Math.floor(first.at)
}

/** How things are now; unknown where nobody can say. */
async function presentHealth({ bus, cluster }: ReportParts): Promise<readonly PresentHealth[]> {
  try {
    const request = api.status.request.encode({})
    const reply = await bus.request(apiSubject(cluster, 'status'), request, STATUS_TIMEOUT_MS)
    const { services } = api.status.response.decode(reply)
    return services.flatMap(({ name: service, realServers }) =>
      realServers.map(({ name: server, health, healthSince }) => {
        return { service, server, health, since: Date.parse(healthSince) }
      }),
    )
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return []
  }
}

function eventIn({ at, tags, fields }: Point): readonly AvailabilityEvent[] {
  const { type = '', service, server } = tags
  if (type !== 'leader' && (server === undefined || server === '')) return []
  const { from, to } = fields
  return [
    {
      at: Math.floor(at),
      type,
      server: server ?? '',
      ...(service !== undefined && service !== '' && { service }),
      ...(typeof from === 'string' && { from }),
      ...(typeof to === 'string' && { to }),
    },
  ]
}

function membersOf(names: readonly string[], only: string | undefined): readonly Members[] {
  const services = names.filter((name) => !name.includes('/'))
  if (only !== undefined && !services.includes(only)) {
    const near = nearestKey(only, services)
    const hint = near === undefined ? 'lvsctl status lists them all' : `did you mean ${near}?`
    throw new ServiceError('api.unknown-target', `there is no virtual service ${only}: ${hint}`)
  }
  return services
    .filter((name) => only === undefined || name === only)
    .map((name) => ({
      name,
      servers: names
        .filter((one) => one.startsWith(`${name}/`))
        .map((one) => one.slice(name.length + 1)),
    }))
}
