import { z } from 'zod'
import { SYSCTL_NAMES, SYSCTLS, type SysctlName, type SysctlRange } from '../domain/sysctl.ts'
import { integerSchema } from './numbers.ts'

type Shape = { readonly [Name in SysctlName]: z.ZodOptional<z.ZodType<number>> }

/** Settings under `net.ipv4.vs` that every director shall have. */
export const sysctlSettingsSchema = z.strictObject(
  Object.fromEntries(SYSCTL_NAMES.map((name) => [name, settingOf(SYSCTLS[name])])) as Shape,
)

/** Settings as written; what is absent stays as it is. */
export type WrittenSysctls = z.output<typeof sysctlSettingsSchema>

function settingOf({
  min,
  max,
  byDefault,
  meaning,
}: SysctlRange): z.ZodOptional<z.ZodType<number>> {
  const kernel = byDefault === undefined ? '' : ` The kernel's own default is ${byDefault}.`
  const limits = { min, max, rule: 'sysctl-out-of-range' } as const
  return integerSchema(limits, { description: `${meaning}${kernel}` }).optional()
}
