import type { Bus } from '../ports/bus.ts'
import { isoTime } from '../runtime/iso-time.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { Readiness } from '../runtime/readiness.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { CURRENT_KEY, clusterRevisionMessage } from '../wire/cluster-revision.ts'
import { bucketName } from '../wire/subjects.ts'

/** What is told of the cluster file's revision. */
export interface RevisionPorts {
  readonly bus: Bus
  readonly logger: Logger
  readonly metrics: Metrics
  readonly readiness: Readiness
}

/**
 * Says in `/readyz`, `/metrics` and the log which revision of the cluster file a process has, or
 * that there is none. Returns how to stop.
 */
export async function followRevision(cluster: string, ports: RevisionPorts): Promise<() => void> {
  const { bus, logger, metrics, readiness } = ports
  const gauge = metrics.gauge('lvs_warden_cluster_file_revision', {
    help: 'Revision of the cluster file that this process has; 0 when there is none.',
  })
  let why: string | undefined = 'no cluster file applied yet: lvsctl apply FILE'
  let present = 0
  gauge.set({}, present)
  const forget = readiness.add('cluster file', () => why)
  const revisions = await bus.keyValue(bucketName(cluster, 'cluster-file'))
  if ((await revisions.get(CURRENT_KEY)) === undefined) logger.warn({ cluster }, why)

  function take(value: Uint8Array | undefined): void {
    if (value === undefined) return
    try {
      const { revision, by, at, file } = clusterRevisionMessage.decode(value)
      why = undefined
      gauge.set({}, revision)
      if (revision === present) return
      present = revision
      logger.info({ revision, by, at: isoTime(at), file }, 'cluster file in force')
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      // Whoever acts on it keeps the one before.
      why = `the cluster file in force cannot be read: ${error.message}`
      logger.error({ error }, 'cluster file refused')
    }
  }

  const stop = revisions.watch(({ key, value }) => {
    if (key === CURRENT_KEY) take(value)
  })
  return () => {
    stop()
    forget()
  }
}
