import { createIpvsadmTable } from '../../../services/shared/adapters/ipvsadm-table.ts'
import { createKernelTable } from '../../../services/shared/adapters/kernel-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import { ipvsTableContract } from '../../contract/ipvs-table-contract.ts'

// Runs the contract of `IpvsTable` on this machine's kernel and prints a line of JSON for each
// rule.
const kernel = createKernelTable()
const table = process.argv[2] === 'ipvsadm' ? createIpvsadmTable() : kernel
for (const { name, run } of ipvsTableContract) {
  let trouble: string | undefined
  try {
    await clear()
    await run(table)
  } catch (error) {
    trouble = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  console.log(JSON.stringify({ name, ...(trouble === undefined ? {} : { trouble }) }))
}
await clear()
kernel.close()

/** Always over netlink, which is quick. */
async function clear(): Promise<void> {
  const services = await kernel.read()
  await kernel.apply(
    services.map(({ address }): Change => ({ type: 'remove-service', service: address })),
  )
}
