import { every } from '../shared/coordination/every.ts'
import type { Digest } from '../shared/domain/channel.ts'
import type { Notification, NotificationCause } from '../shared/domain/notification.ts'
import type { Report } from '../shared/domain/report.ts'
import { availabilityInWords, reportLines } from '../shared/domain/report-lines.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { type CronStarts, createCronStarts } from '../shared/runtime/cron-starts.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createWallClock } from '../shared/runtime/wall-clock.ts'
import { api } from '../shared/wire/api.ts'
import { apiSubject } from '../shared/wire/subjects.ts'
import type { Deliveries } from './deliveries.ts'

/** What digests stand on. */
export interface DigestParts {
  readonly cluster: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly deliveries: Deliveries
  /** What the cluster file in force says about digests. */
  readonly digest: () => Digest | undefined
  /** What is wrong now. */
  readonly standing: () => readonly NotificationCause[]
}

interface Due {
  readonly digest: Digest
  readonly fromMs: number
  readonly toMs: number
}

const LOOK_MS = 20_000
/** Nobody wants a digest that is later than this: the next one has the same and more. */
const LATE_MS = 3_600_000
const MONTH_MS = 32 * 86_400_000
const REPORT_TIMEOUT_MS = 30_000
const MINUTE_MS = 60_000

/**
 * Sums up at fixed times what happened since the last one. Each has an identity by its time, so
 * that several alerters, restarts and clocks that are put back send it once. Returns how to stop.
 */
export function startDigests(parts: DigestParts): () => void {
  const { clock, logger, deliveries } = parts
  const startsOf = lastStarts()
  let done = 0
  let isBusy = false

  async function look(): Promise<void> {
    const due = dueDigest(parts.digest(), clock.now(), startsOf)
    if (due === undefined || due.toMs <= done) return
    const notification = await digestOf(parts, due)
    await deliveries.take([{ channel: due.digest.channel, notification }])
    done = due.toMs
  }

  return every(clock, LOOK_MS, () => {
    if (isBusy) return
    isBusy = true
    look()
      .catch((error: unknown) => {
        if (!(error instanceof ServiceError)) throw error
        logger.warn({ error }, 'the digest is not sent yet')
      })
      .finally(() => {
        isBusy = false
      })
  })
}

/** The digest whose time has come, with the time that it is about. */
function dueDigest(
  digest: Digest | undefined,
  now: number,
  startsOf: (digest: Digest) => CronStarts,
): Due | undefined {
  if (digest === undefined) return undefined
  const starts = startsOf(digest)
  const toMs = starts.latest(now, LATE_MS)
  if (toMs === undefined) return undefined
  const fromMs = starts.latest(toMs - MINUTE_MS, MONTH_MS) ?? toMs - MONTH_MS
  return { digest, fromMs, toMs }
}

/** Reads an expression once, as long as it stays the same. */
function lastStarts(): (digest: Digest) => CronStarts {
  let known: { readonly cron: string; readonly timeZone: string; starts: CronStarts } | undefined
  return ({ cron, timeZone }) => {
    if (known?.cron !== cron || known.timeZone !== timeZone) {
      known = { cron, timeZone, starts: createCronStarts(cron, timeZone) }
    }
    return known.starts
  }
}

async function digestOf(parts: DigestParts, due: Due): Promise<Notification> {
  const { cluster, standing } = parts
  const { digest, fromMs, toMs } = due
  const report = await askReport(parts, due)
  const causes = standing()
  const timeOf = timeIn(digest.timeZone)
  const lines = [
    ...(causes.length === 0 ? ['Nothing is wrong now.'] : ['Wrong now:']),
    ...causes.map(
      ({ severity, message, since }) => `- ${severity}: ${message}, since ${timeOf(since)}`,
    ),
    '',
    ...(typeof report === 'string' ? [report] : reportLines(report, timeOf)),
  ]
  return {
    cluster,
    dedupKey: `digest/${digest.channel}/${toMs}`,
    threadKey: `${cluster}/digest/${toMs}`,
    kind: 'digest',
    level: 1,
    severity: 'info',
    subject: `digest: ${headline(report, causes.length)}`,
    text: `${lines.join('\n')}\n`,
    causes,
    at: toMs,
    since: fromMs,
    links: [],
    mon: { group: cluster, service: 'digest', hosts: [] },
  }
}

/** The report of that time, or why there is none. */
async function askReport(
  { cluster, bus }: DigestParts,
  { fromMs, toMs }: Due,
): Promise<Report | string> {
  try {
    const request = api.report.request.encode({ fromMs, toMs })
    const reply = await bus.request(apiSubject(cluster, 'report'), request, REPORT_TIMEOUT_MS)
    return api.report.response.decode(reply)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return `There is no report, because no historian has answered: ${error.message}`
  }
}

/** What is wrong first, then the worst of what was. */
function headline(report: Report | string, wrong: number): string {
  const now = wrong === 0 ? [] : [`${wrong} ${wrong === 1 ? 'thing' : 'things'} wrong now`]
  if (typeof report === 'string') return [...now, 'no report'].join(', ')
  const servers = report.services.flatMap((service) =>
    service.servers.map((server) => ({ ...server, name: `${service.name}/${server.name}` })),
  )
  const hurt = [...report.services, ...servers].filter(({ downMs }) => downMs > 0)
  if (hurt.length === 0) return [...now, 'no downtime'].join(', ')
  const services = report.services.filter(({ downMs }) => downMs > 0)
  const [worst] = (services.length > 0 ? services : hurt).toSorted((a, b) => b.downMs - a.downMs)
  const was = worst === undefined ? [] : [`${worst.name} ${availabilityInWords(worst)} available`]
  return [...now, ...was].join(', ')
}

/** `2026-11-16 08:00 Europe/Berlin`. */
function timeIn(timeZone: string): (at: number) => string {
  const clock = createWallClock(timeZone)
  return (at) => {
    const wall = new Date(clock.wallOf(at)).toISOString()
    return `${wall.slice(0, 16).replace('T', ' ')} ${timeZone}`
  }
}
