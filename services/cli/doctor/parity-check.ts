import { SYSCTL_NAMES, SYSCTLS, type SysctlRange } from '../../shared/domain/sysctl.ts'
import { type Findings, ok, skipped, warning } from './finding.ts'
import type { Host } from './host.ts'

/** Directors that take over from each other do the same with the same packet. */
export async function checkParity({ directors }: Host): Promise<Findings> {
  if (directors === undefined) return [skipped('parity', 'no monitor was asked of all directors')]
  const known = directors.filter(({ sysctls }) => Object.keys(sysctls).length > 0)
  if (known.length < 2) {
    return [skipped('parity', 'no two directors have reported a kernel')]
  }
  const findings = SYSCTL_NAMES.flatMap((name) => {
    const { byDefault }: SysctlRange = SYSCTLS[name]
    const said = known.flatMap(({ name: director, sysctls: { [name]: value } }) =>
      value === undefined ? [] : [{ director, value }],
    )
    // What the kernel chooses by the machine's memory may differ with the machine.
    if (byDefault === undefined || new Set(said.map(({ value }) => value)).size < 2) return []
    const values = said.map(({ director, value }) => `${value} on ${director}`).join(', ')
    const message =
      `net.ipv4.vs.${name} differs: ${values}; settle it for all directors by sysctls in the ` +
      'cluster file'
    return [warning('parity', message, 'lvsctl apply FILE')]
  })
  const names = known.map(({ name }) => name).join(', ')
  return findings.length > 0 ? findings : [ok('parity', `the same net.ipv4.vs on ${names}`)]
}
