import { SYSCTL_NAMES, SYSCTLS, type SysctlName, type SysctlRange } from '../domain/sysctl.ts'
import type { SysctlStore } from '../ports/sysctl-store.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** Settings for machines without IPVS and for tests, with the kernel's defaults. */
export function createMemorySysctlStore(): SysctlStore {
  const values = new Map<SysctlName, number>(
    SYSCTL_NAMES.map((name) => {
      const { byDefault, min }: SysctlRange = SYSCTLS[name]
      return [name, byDefault ?? min]
    }),
  )
  return {
    read: () => Promise.resolve(new Map(values)),
    async write(name, value) {
      const { min, max }: SysctlRange = SYSCTLS[name]
      if (value < min || value > max) {
        throw new ServiceError('sysctl.refused', `the kernel does not take the value ${value}`)
      }
      values.set(name, value)
    },
  }
}
