import { openRevisionStore } from '../../services/shared/coordination/revision-store.ts'
import type { Cluster } from '../../services/shared/domain/virtual-service.ts'
import type { Bus } from '../../services/shared/ports/bus.ts'
import type { ClusterRevision } from '../../services/shared/wire/cluster-revision.ts'

/** Puts a cluster in force on a bus, as `lvsctl apply` does. */
export async function putRevision(
  bus: Bus,
  cluster: Cluster,
  text = JSON.stringify(cluster),
): Promise<ClusterRevision> {
  const store = await openRevisionStore(bus, cluster.name)
  const draft = { file: 'cluster.yaml', text, cluster, by: 'test', reason: '', at: 0 }
  return store.put(draft, await store.current())
}
