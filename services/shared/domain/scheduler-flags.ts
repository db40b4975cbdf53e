import type { SchedulerFlag } from './virtual-service.ts'

/**
 * The kernel's three scheduler flags, as bits 1, 2 and 4 (IP_VS_SVC_F_SCHED1 to 3, shifted down).
 */
const BITS: Readonly<Record<SchedulerFlag, number>> = {
  'sh-fallback': 1,
  'mh-fallback': 1,
  'flag-1': 1,
  'sh-port': 2,
  'mh-port': 2,
  'flag-2': 2,
  'flag-3': 4,
}

/** Scheduler flags as bits 1, 2 and 4: `sh-port` and `flag-2` are the same to the kernel. */
export function schedulerFlagBits(flags: readonly SchedulerFlag[]): number {
  let bits = 0
  for (const flag of flags) bits |= BITS[flag]
  return bits
}

/**
 * The names of flag bits under a scheduler; `sh` and `mh` have names of their own for two of them.
 */
export function schedulerFlagsFromBits(scheduler: string, bits: number): SchedulerFlag[] {
  const flags: SchedulerFlag[] = []
  const own = scheduler === 'sh' || scheduler === 'mh' ? scheduler : undefined
  if ((bits & 1) !== 0) flags.push(own === undefined ? 'flag-1' : `${own}-fallback`)
  if ((bits & 2) !== 0) flags.push(own === undefined ? 'flag-2' : `${own}-port`)
  if ((bits & 4) !== 0) flags.push('flag-3')
  return flags
}
