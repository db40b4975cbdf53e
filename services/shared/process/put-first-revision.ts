import { formatFinding } from '../cluster-file/finding.ts'
import { openRevisionStore } from '../coordination/revision-store.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { readClusterFile } from './read-cluster-file.ts'

/** What putting a revision needs. */
export interface FirstRevisionPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Puts a file in force as revision 1 of a cluster that has none yet; of several controllers that do
 * so at once the first one wins. Afterwards the file is not looked at any more. Throws a
 * `ServiceError` `cluster-file.invalid` with every error of the file.
 */
export async function putFirstRevision(
  cluster: string,
  file: string,
  { bus, clock, logger }: FirstRevisionPorts,
): Promise<void> {
  const store = await openRevisionStore(bus, cluster)
  const found = await store.current()
  if (found.revision !== undefined) {
    const { revision } = found.revision
    logger.info({ file, revision }, 'a later revision is in force; the file is not read')
    return
  }
  const { text, result } = await readClusterFile(file)
  if (result.cluster.name !== cluster) {
    const message = `${file} is of the cluster ${result.cluster.name}, not of ${cluster}`
    throw new ServiceError('cluster-file.invalid', message)
  }
  for (const warning of result.warnings) logger.warn({ rule: warning.rule }, formatFinding(warning))
  const meaning = { file, text, cluster: result.cluster }
  const draft = { ...meaning, by: 'start', reason: 'first start', at: clock.now() }
  await store.put(draft, found).catch((error: unknown) => {
    if (!(error instanceof ServiceError) || error.code !== 'api.conflict') throw error
  })
}
