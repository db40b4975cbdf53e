import { type Finding, formatFinding } from '../shared/cluster-file/finding.ts'
import {
  type ClusterFileResult,
  parseClusterFile,
} from '../shared/cluster-file/parse-cluster-file.ts'
import {
  type FoundRevision,
  openRevisionStore,
  type RevisionStore,
} from '../shared/coordination/revision-store.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { Applied, ApplyRequest, Revisions, RollbackRequest } from '../shared/wire/api.ts'
import type { ArchivedRevision } from '../shared/wire/cluster-revision.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { eventStream } from '../shared/wire/subjects.ts'

/** Where cluster files are put forward, looked up and brought back. */
export interface RevisionDesk {
  /**
   * Reads a text here, once, and puts it in force for everybody; one with errors changes nothing.
   * Throws `api.conflict` when somebody else was faster.
   */
  apply(request: ApplyRequest): Promise<Applied>
  /** Puts an earlier text in force again. Throws `api.unknown-target` for one that is not kept. */
  rollback(request: RollbackRequest): Promise<Applied>
  list(): Promise<Revisions>
  /** Throws `api.unknown-target` for a revision that is not kept. */
  show(revision: number): Promise<ArchivedRevision>
}

/** What the desk stands on. */
export interface RevisionDeskPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/** A text on its way to being in force. */
interface Proposal extends ApplyRequest {
  readonly restores?: number
}

/** Opens the desk of one cluster; a file of another one is refused. */
export async function openRevisionDesk(
  cluster: string,
  ports: RevisionDeskPorts,
): Promise<RevisionDesk> {
  const store = await openRevisionStore(ports.bus, cluster)
  return {
    apply: (request) => propose(request, cluster, store, ports),
    async rollback({ to, by, reason }) {
      const { revision: current } = await store.current()
      const wanted = to ?? current?.history.at(-2)?.revision
      if (wanted === undefined) {
        throw new ServiceError('api.refused', 'there is no earlier revision to go back to')
      }
      const { file, text } = await find(store, wanted)
      const proposal = { file, text, by, reason, restores: wanted }
      return propose(proposal, cluster, store, ports)
    },
    async list() {
      const { revision } = await store.current()
      return { current: revision?.revision ?? 0, revisions: [...(revision?.history ?? [])] }
    },
    show: (number) => find(store, number),
  }
}

async function find(store: RevisionStore, number: number): Promise<ArchivedRevision> {
  const found = await store.find(number)
  if (found !== undefined) return found
  const message = `there is no revision ${number} (any more): lvsctl revisions lists what is kept`
  throw new ServiceError('api.unknown-target', message)
}

async function propose(
  proposal: Proposal,
  cluster: string,
  store: RevisionStore,
  ports: RevisionDeskPorts,
): Promise<Applied> {
  const { file, text, by, reason, expect, restores } = proposal
  const found = await store.current()
  const present = found.revision?.revision ?? 0
  if (expect !== undefined) refuseUnexpected(expect, found)
  const result = await parseClusterFile(text, { file })
  const findings = findingsOf(result, file, cluster)
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (!result.ok || errors.length > 0) {
    await recordRevision(cluster, ports, { by, to: 'refused', message: refusal(errors) })
    return { applied: false, changed: false, revision: present, file, findings }
  }
  const draft = { file, text, cluster: result.cluster, by, reason, at: ports.clock.now() }
  const { revision } = await store.put(
    { ...draft, ...(restores !== undefined && { restores }) },
    found,
  )
  const changed = revision !== present
  await recordRevision(cluster, ports, {
    by,
    to: 'applied',
    message: story(proposal, revision, changed),
  })
  return { applied: true, changed, revision, file, findings }
}

function refuseUnexpected(expect: number, { revision }: FoundRevision): void {
  const present = revision?.revision ?? 0
  if (expect === present) return
  const who = revision === undefined ? '' : `, put there by ${revision.by}`
  throw new ServiceError(
    'api.conflict',
    `revision ${present} is in force${who}, not ${expect}; nothing was changed`,
  )
}

/** All that is to say of a text, another cluster's name included. */
export function findingsOf(result: ClusterFileResult, file: string, cluster: string): Finding[] {
  if (!result.ok) return [...result.errors, ...result.warnings]
  const { name } = result.cluster
  if (name === cluster) return [...result.warnings]
  const message = `this is the cluster ${cluster}, and the file is of ${name}; a name stays`
  const place = { severity: 'error', file, line: 1, column: 1, path: 'cluster' } as const
  return [{ ...place, rule: 'renamed-cluster', message }, ...result.warnings]
}

function refusal(errors: readonly Finding[]): string {
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : ''
  const first = errors.slice(0, 1).map(formatFinding).join('')
  return `cluster file refused, nothing changed: ${first}${more}`
}

function story({ by, file, reason, restores }: Proposal, revision: number, changed: boolean) {
  const why = reason === '' ? '' : `: ${reason}`
  if (!changed) return `${by} put ${file} in force again, as revision ${revision}${why}`
  if (restores !== undefined) {
    return `${by} brought revision ${restores} back as revision ${revision}${why}`
  }
  return `${by} put ${file} in force as revision ${revision}${why}`
}

/** What became of a text goes into the log of events, and into ours. */
export async function recordRevision(
  cluster: string,
  { bus, clock, logger }: RevisionDeskPorts,
  event: { readonly by: string; readonly to: 'applied' | 'refused'; readonly message: string },
): Promise<void> {
  logger[event.to === 'refused' ? 'warn' : 'info']({ by: event.by, to: event.to }, event.message)
  const log = await bus.log(eventStream(cluster))
  await log.append(logEventMessage.encode({ at: clock.now(), type: 'cluster-file', ...event }))
}
