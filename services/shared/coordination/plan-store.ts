import type { Bus } from '../ports/bus.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { planMessage, type StoredPlan } from '../wire/plan-message.ts'
import { bucketName } from '../wire/subjects.ts'

/** A plan may be looked at, talked about and applied so long. */
export const PLAN_TTL_MS = 3_600_000
/** Whole texts are in them: of more the oldest go. */
const PLANS_KEPT = 20

/** Plans that may be applied, for every console of the cluster. */
export interface PlanStore {
  keep(id: string, plan: StoredPlan): Promise<void>
  /** Undefined when it never was, is too old, or cannot be read. */
  find(id: string): Promise<StoredPlan | undefined>
  drop(id: string): Promise<void>
}

/** Opens the plans of a cluster. */
export async function openPlanStore(bus: Bus, cluster: string): Promise<PlanStore> {
  const bucket = await bus.keyValue(bucketName(cluster, 'plans'), { ttlMs: PLAN_TTL_MS })
  return {
    async keep(id, plan) {
      const others = (await bucket.entries()).filter(({ key }) => key !== id)
      const oldest = others.sort((a, b) => b.revision - a.revision).slice(PLANS_KEPT - 1)
      for (const { key } of oldest) await bucket.delete(key)
      await bucket.put(id, planMessage.encode(plan))
    },
    async find(id) {
      const entry = await bucket.get(id)
      if (entry === undefined) return undefined
      try {
        return planMessage.decode(entry.value)
      } catch (error) {
        if (error instanceof ServiceError && error.code.startsWith('wire.')) return undefined
        throw error
      }
    },
    drop: (id) => bucket.delete(id),
  }
}
