import { randomUUID } from 'node:crypto'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type AuditEntry, auditMessage } from '../shared/wire/audit-message.ts'
import { auditStream } from '../shared/wire/subjects.ts'
import { forAudit } from './core/for-audit.ts'
import { createRateLimiter } from './core/rate-limiter.ts'

/** Who asks for what. */
export type AuditSubject = Pick<AuditEntry, 'by' | 'role' | 'from' | 'verb' | 'request' | 'why'>

/** What came of it. */
export type AuditOutcome = Pick<AuditEntry, 'before' | 'after'>

/** The log of changes: written, read, never altered. */
export interface AuditLog {
  /**
   * Does a change between its two lines. The first is kept before anything is done, and without it
   * nothing is: throws `audit.unwritable`. The second is kept before the result is returned.
   */
  record<Result>(
    subject: AuditSubject,
    change: () => Promise<Result>,
    outcome: (result: Result) => AuditOutcome,
  ): Promise<Result>
  /** Keeps that something was not even tried; a flood of these is counted in place of kept. */
  refused(subject: AuditSubject, error: ServiceError): Promise<void>
  /** The last lines that fit, oldest first. */
  read(filter: AuditFilter): Promise<readonly AuditEntry[]>
}

/** Which lines to read. */
export interface AuditFilter {
  readonly limit: number
  /** Milliseconds since the epoch. */
  readonly since?: number
  readonly user?: string
}

/** Refusals come from anybody on the network, so they may not push out what was done. */
const REFUSALS = { burst: 60, refillMs: 10_000, maxKeys: 1 } as const
const MOST_READ = 100_000

/** Opens the stream `<cluster>-audit`. */
export async function openAuditLog(
  cluster: string,
  { bus, clock, logger }: AuditPorts,
): Promise<AuditLog> {
  const log = await bus.log(auditStream(cluster))
  const refusals = createRateLimiter(REFUSALS)
  let unwritten = 0

  async function append(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    const at = isoTime(clock.now())
    await log.append(auditMessage.encode({ ...entry, at }))
  }

  async function appendOrLog(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    await append(entry).catch((error: unknown) =>
      logger.error({ error, ...entry }, 'the audit log cannot be written'),
    )
  }

  return {
    async record(subject, change, outcome) {
      const id = randomUUID()
      const known = { ...subject, request: forAudit(subject.request) }
      try {
        await append({ ...known, id, phase: 'asked' })
      } catch (error) {
        const message = 'nothing was done, because the audit log cannot be written'
        throw new ServiceError('audit.unwritable', message, { cause: error })
      }
      const { request: _, ...brief } = known
      try {
        const result = await change()
        const { before, after } = outcome(result)
        const told = {
          ...(before !== undefined && { before: forAudit(before) }),
          ...(after !== undefined && { after: forAudit(after) }),
        }
        await appendOrLog({ ...brief, id, phase: 'done', ...told })
        return result
      } catch (error) {
        await appendOrLog({ ...brief, id, phase: 'failed', error: reasonOf(error) })
        throw error
      }
    },
    async refused(subject, error) {
      if (refusals.take('', clock.monotonic()) > 0) {
        unwritten++
        return
      }
      const before = unwritten === 0 ? {} : { unwritten }
      unwritten = 0
      const request = forAudit(subject.request)
      const told = { error: reasonOf(error), ...before }
      await appendOrLog({ ...subject, request, id: randomUUID(), phase: 'refused', ...told })
    },
    async read({ limit, since = 0, user }) {
      const entries = (await log.tail(MOST_READ)).map(({ payload }) => auditMessage.decode(payload))
      const wanted = entries.filter(
        ({ at, by }) => Date.parse(at) >= since && (user === undefined || by === user),
      )
      return wanted.slice(-limit)
    },
  }
}

/** What the audit log stands on. */
export interface AuditPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

function reasonOf(error: unknown): { code: string; message: string } {
  const { code, message } =
    error instanceof ServiceError ? error : { code: 'api.internal', message: 'an error of ours' }
  return { code, message: message.slice(0, 1000) }
}
