import { createIpvsadmTable } from '../../../services/shared/adapters/ipvsadm-table.ts'
import { createKernelTable } from '../../../services/shared/adapters/kernel-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import type { IpvsTable } from '../../../services/shared/ports/ipvs-table.ts'
import { ipvsTableContract } from '../../contract/ipvs-table-contract.ts'

// Runs the contract of `IpvsTable` on this machine's kernel and prints a line of JSON for each rule.
const table = process.argv[2] === 'ipvsadm' ? createIpvsadmTable() : createKernelTable()
for (const { name, run } of ipvsTableContract) {
  let trouble: string | undefined
  try {
    await clear(table)
    await run(table)
  } catch (error) {
    trouble = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  console.log(JSON.stringify({ name, ...(trouble === undefined ? {} : { trouble }) }))
}
await clear(table)
table.close()

async function clear(dirty: IpvsTable): Promise<void> {
  const services = await dirty.read()
  await dirty.apply(
    services.map(({ address }): Change => ({ type: 'remove-service', service: address })),
  )
}
