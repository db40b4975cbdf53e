import type { ServiceKey } from '../shared/domain/virtual-service.ts'
import type { Bus } from '../shared/ports/bus.ts'
import { bucketName } from '../shared/wire/subjects.ts'

/** Which virtual services are ours to change and to remove; remembered over restarts. */
export interface OwnedServices {
  keys(): ReadonlySet<ServiceKey>
  add(keys: readonly ServiceKey[]): Promise<void>
  keepOnly(keys: readonly ServiceKey[]): Promise<void>
}

/**
 * Opens the memory of one director. Lost memory makes former services foreign: they are left alone,
 * which is the safe side.
 */
export async function openOwnedServices(
  bus: Bus,
  cluster: string,
  director: string,
): Promise<OwnedServices> {
  const bucket = await bus.keyValue(bucketName(cluster, 'directors'))
  const key = `${director}.owned`
  const stored = await bucket.get(key)
  let owned = new Set(stored === undefined ? [] : decode(stored.value))

  async function replace(keys: ReadonlySet<ServiceKey>): Promise<void> {
    if (keys.size === owned.size && [...keys].every((one) => owned.has(one))) return
    owned = new Set(keys)
    await bucket.put(key, new TextEncoder().encode(JSON.stringify([...owned])))
  }

  return {
    keys: () => owned,
    add: (keys) => replace(new Set([...owned, ...keys])),
    keepOnly: (keys) => replace(new Set(keys)),
  }
}

function decode(value: Uint8Array): ServiceKey[] {
  try {
    const keys: unknown = JSON.parse(new TextDecoder().decode(value))
    return Array.isArray(keys) ? keys.filter(isServiceKey) : []
  } catch {
    return []
  }
}

function isServiceKey(value: unknown): value is ServiceKey {
  return typeof value === 'string'
}
