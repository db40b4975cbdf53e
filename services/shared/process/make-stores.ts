import { LEASE_TTL_MS } from '../coordination/lease.ts'
import { PLAN_TTL_MS } from '../coordination/plan-store.ts'
import type { Bus, KeyValueOptions } from '../ports/bus.ts'
import { BUS_LOGS, BUS_ROLE_NEEDS } from '../wire/bus-role-needs.ts'

/**
 * Makes every bucket and log of a cluster that is not there yet. Only controllers have the right to
 * do so; the others wait for theirs.
 */
export async function makeStores(cluster: string, bus: Bus): Promise<void> {
  for (const name of BUS_ROLE_NEEDS.controller.makes) {
    const store = `${cluster}-${name}`
    if (BUS_LOGS.includes(name)) await bus.log(store)
    else await bus.keyValue(store, lifeOf(name))
  }
}

function lifeOf(name: string): KeyValueOptions {
  if (name === 'lease') return { ttlMs: LEASE_TTL_MS }
  return name === 'plans' ? { ttlMs: PLAN_TTL_MS } : {}
}
