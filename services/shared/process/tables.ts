import { Option } from 'commander'
import type { IpvsTable } from '../ports/ipvs-table.ts'
import type { SysctlStore } from '../ports/sysctl-store.ts'

/** The adapters that `--table` chooses from. */
export const TABLE_NAMES = ['kernel', 'ipvsadm', 'memory'] as const
export type TableName = (typeof TABLE_NAMES)[number]

/** The option `--table`, with its variable. */
export function tableOption(): Option {
  return new Option('--table <adapter>', 'where the IPVS table is')
    .env('LVS_WARDEN_TABLE')
    .choices(TABLE_NAMES)
    .default('kernel')
}

/** A table, and the kernel's settings beside it: real ones where the table is. */
export async function openTable(
  name: TableName,
): Promise<{ readonly table: IpvsTable; readonly sysctls: SysctlStore }> {
  if (name === 'memory') {
    const { createMemoryTable } = await import('../adapters/memory-table.ts')
    const { createMemorySysctlStore } = await import('../adapters/memory-sysctl-store.ts')
    return { table: createMemoryTable(), sysctls: createMemorySysctlStore() }
  }
  const { createProcSysctlStore } = await import('../adapters/proc-sysctl-store.ts')
  const sysctls = createProcSysctlStore()
  if (name === 'ipvsadm') {
    const { createIpvsadmTable } = await import('../adapters/ipvsadm-table.ts')
    return { table: createIpvsadmTable(), sysctls }
  }
  const { createKernelTable } = await import('../adapters/kernel-table.ts')
  return { table: createKernelTable(), sysctls }
}
