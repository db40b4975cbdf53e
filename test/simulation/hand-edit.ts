import type { Change } from '../../services/shared/domain/table.ts'
import type { DirectorName, World } from './world.ts'

/** Somebody types `ipvsadm` on a director: a row gets another weight, or goes. */
export async function handEdit(world: World, director: DirectorName): Promise<void> {
  const { random } = world
  const table = world.tables.get(director)
  const [service] = (await table?.read()) ?? []
  const row = service?.servers[0]
  if (table === undefined || service === undefined || row === undefined) return
  const { servers: _, stats: __, ...head } = service
  const change: Change = random.chance(0.5)
    ? { type: 'remove-server', service: head.address, server: row }
    : { type: 'edit-server', service: head.address, server: { ...row, weight: 1 } }
  await table.apply([change])
  world.note(`${director} edited by hand: ${change.type}`)
}
