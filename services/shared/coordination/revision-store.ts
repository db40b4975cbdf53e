import type { Cluster } from '../domain/virtual-service.ts'
import type { Bus, KeyValue, KeyValueEntry } from '../ports/bus.ts'
import { ServiceError } from '../runtime/service-error.ts'
import {
  type ArchivedRevision,
  archivedRevisionMessage,
  type ClusterRevision,
  CURRENT_KEY,
  clusterRevisionMessage,
  type RevisionSummary,
} from '../wire/cluster-revision.ts'
import { bucketName } from '../wire/subjects.ts'

/** So many revisions are kept, the one in force included. */
export const REVISIONS_KEPT = 100

/** The revision in force, as it was found. */
export interface FoundRevision {
  /** Absent when there is none yet, or none that can be read. */
  readonly revision?: ClusterRevision
  /** What `put` wants back: it is refused when somebody else has put one meanwhile. */
  readonly token: number
}

/** A text that shall be in force, and what it means. */
export interface RevisionDraft {
  readonly file: string
  readonly text: string
  readonly cluster: Cluster
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly restores?: number
}

/** The cluster file's revisions on the bus, for whoever may change them. */
export interface RevisionStore {
  current(): Promise<FoundRevision>
  /** A revision with its text; undefined when it never was, or is not kept any more. */
  find(revision: number): Promise<ArchivedRevision | undefined>
  /**
   * Puts a text in force as the next revision. The text that is in force already stays the revision
   * that it is, but with what it means now: host names may have other addresses. Throws
   * `api.conflict` when `found` is not the present one any more.
   */
  put(draft: RevisionDraft, found: FoundRevision): Promise<ClusterRevision>
}

/** Opens the revisions of a cluster. */
export async function openRevisionStore(bus: Bus, cluster: string): Promise<RevisionStore> {
  const bucket = await bus.keyValue(bucketName(cluster, 'cluster-file'))
  return {
    async current() {
      const entry = await bucket.get(CURRENT_KEY)
      const revision = readCurrent(entry)
      return { token: entry?.revision ?? 0, ...(revision && { revision }) }
    },
    async find(number) {
      const current = readCurrent(await bucket.get(CURRENT_KEY))
      if (current?.revision === number) return archiveOf(current)
      const entry = await bucket.get(archiveKey(number))
      return entry === undefined ? undefined : archivedRevisionMessage.decode(entry.value)
    },
    put: (draft, found) => putRevision(bucket, draft, found),
  }
}

/**
 * The one in force is written last but one, by compare-and-set, and holds the list of all: whoever
 * dies between two writes leaves at most a text that is not archived yet. The next one to put a
 * revision archives it first.
 */
async function putRevision(
  bucket: KeyValue,
  draft: RevisionDraft,
  { revision: before, token }: FoundRevision,
): Promise<ClusterRevision> {
  if (before !== undefined && (await bucket.get(archiveKey(before.revision))) === undefined) {
    await archive(bucket, archiveOf(before))
  }
  const isSame = before?.text === draft.text
  const next = isSame ? { ...before, cluster: draft.cluster } : nextRevision(draft, before)
  try {
    await bucket.put(CURRENT_KEY, clusterRevisionMessage.encode(next), token)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'bus.conflict') throw error
    throw await conflict(bucket, error)
  }
  if (isSame) return next
  await archive(bucket, archiveOf(next))
  const kept = new Set(next.history.map(({ revision }) => revision))
  for (const { revision } of before?.history ?? []) {
    if (!kept.has(revision)) await bucket.delete(archiveKey(revision))
  }
  return next
}

function nextRevision(draft: RevisionDraft, before: ClusterRevision | undefined): ClusterRevision {
  const { file, by, reason, at, text, cluster, restores } = draft
  const summary: RevisionSummary = {
    revision: (before?.revision ?? 0) + 1,
    file,
    by,
    reason,
    at,
    bytes: new TextEncoder().encode(text).length,
    ...(restores !== undefined && { restores }),
  }
  const history = [...(before?.history ?? []), summary].slice(-REVISIONS_KEPT)
  return { ...summary, text, cluster, history }
}

function archive(bucket: KeyValue, revision: ArchivedRevision): Promise<number> {
  return bucket.put(archiveKey(revision.revision), archivedRevisionMessage.encode(revision))
}

function archiveOf({ cluster: _, history: __, ...archived }: ClusterRevision): ArchivedRevision {
  return archived
}

function archiveKey(revision: number): string {
  return `revision.${revision}`
}

/** What cannot be read is as good as nothing: the next revision takes its place. */
function readCurrent(entry: KeyValueEntry | undefined): ClusterRevision | undefined {
  if (entry === undefined) return undefined
  try {
    return clusterRevisionMessage.decode(entry.value)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'wire.invalid') return undefined
    throw error
  }
}

async function conflict(bucket: KeyValue, cause: ServiceError): Promise<ServiceError> {
  const now = readCurrent(await bucket.get(CURRENT_KEY))
  const what =
    now === undefined
      ? 'somebody else changed it'
      : `${now.by} put revision ${now.revision} in force`
  return new ServiceError(
    'api.conflict',
    `${what} meanwhile, so nothing was changed: look at lvsctl revisions and apply again`,
    { cause },
  )
}
