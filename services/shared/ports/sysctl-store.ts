import type { SysctlName } from '../domain/sysctl.ts'

/** The door to the kernel's settings under `net.ipv4.vs`. */
export interface SysctlStore {
  /** Every setting that is there; none at all without IPVS. Never throws. */
  read(): Promise<ReadonlyMap<SysctlName, number>>
  /**
   * Sets one. Throws a `ServiceError` that says what to do: `sysctl.read-only`,
   * `sysctl.permission`, `sysctl.missing` or `sysctl.refused`.
   */
  write(name: SysctlName, value: number): Promise<void>
}
