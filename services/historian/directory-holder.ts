import type { Cluster } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { CURRENT_KEY, clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { bucketName } from '../shared/wire/subjects.ts'
import { createDirectory, type Directory, emptyDirectory } from './core/directory.ts'

/** The names of the cluster file in force. */
export interface DirectoryHolder {
  /** Follows the file from now on; resolves to how to stop. */
  start(): Promise<() => void>
  directory(): Directory
  /** `web`, `web/web1`, …: all that history can be asked about. */
  names(): readonly string[]
}

/** Follows the cluster file on the bus; a revision that cannot be read leaves the last one. */
export function createDirectoryHolder(bus: Bus, cluster: string, logger: Logger): DirectoryHolder {
  let directory = emptyDirectory
  let names: readonly string[] = []
  return {
    async start() {
      const revisions = await bus.keyValue(bucketName(cluster, 'cluster-file'))
      return revisions.watch(({ key, value }) => {
        if (key !== CURRENT_KEY || value === undefined) return
        try {
          const revision = clusterRevisionMessage.decode(value)
          directory = createDirectory(revision.cluster)
          names = namesOf(revision.cluster)
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          logger.error({ error }, 'cluster file refused')
        }
      })
    },
    directory: () => directory,
    names: () => names,
  }
}

function namesOf({ virtualServices }: Cluster): readonly string[] {
  return virtualServices.flatMap(({ name, realServers }) => [
    name,
    ...realServers.map((server) => `${name}/${server.name}`),
  ])
}
