import { type ApartFlags, checkName } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { createProberService } from './prober-service.ts'

/** The command line of `lvs-warden prober`. */
export interface ProberFlags extends ApartFlags {
  readonly vantage?: string
  readonly tag: readonly string[]
}

/** Runs one prober until a signal ends it. */
export async function runProber(flags: ProberFlags): Promise<void> {
  const tags = flags.tag.map((tag) => checkName('--tag (LVS_WARDEN_TAG)', tag))
  await runApart('prober', flags, ({ cluster, name, ports }) => {
    const vantage = checkName('--vantage (LVS_WARDEN_VANTAGE)', flags.vantage || name)
    return createProberService({ cluster, name, vantage, tags }, ports)
  })
}
