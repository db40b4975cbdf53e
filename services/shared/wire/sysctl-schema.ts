import { z } from 'zod'
import { SYSCTL_NAMES, type SysctlState, type Sysctls } from '../domain/sysctl.ts'

const name = z.enum(SYSCTL_NAMES)

/** Wanted settings of the kernel by name. */
export const sysctlsSchema: z.ZodType<Sysctls> = z.partialRecord(name, z.int())

/** Settings as a director found them. */
export const sysctlStateSchema = z.object({
  name,
  value: z.number().exactOptional(),
  wanted: z.int().exactOptional(),
  problem: z.string().exactOptional(),
}) satisfies z.ZodType<SysctlState>
