import { checkClock, checkDaemon, checkNats } from './common-checks.ts'
import {
  checkForwarding,
  checkModules,
  checkRights,
  checkRivals,
  checkSysctls,
  checkVips,
} from './director-checks.ts'
import type { Findings } from './finding.ts'
import type { Host } from './host.ts'
import { checkListening } from './listening-check.ts'
import { checkWays } from './network-checks.ts'
import {
  checkArp,
  checkGateway,
  checkHiddenVips,
  checkIdentity,
  checkReversePath,
  checkTunnel,
} from './real-server-checks.ts'
import type { HostRole } from './role.ts'

/** Everything that is looked at on a machine of this role, in the order of its printing. */
export async function examine(
  role: HostRole,
  host: Host,
  isLittleEndian: boolean,
): Promise<Findings> {
  const checks =
    role === 'director'
      ? [
          checkModules,
          checkRights,
          checkSysctls,
          checkForwarding,
          checkVips,
          checkWays,
          checkRivals,
        ]
      : [
          checkIdentity,
          checkHiddenVips,
          checkArp,
          checkReversePath,
          checkTunnel,
          checkGateway,
          (one: Host) => checkListening(one, isLittleEndian),
        ]
  const findings: Findings[] = []
  for (const check of [...checks, checkClock, checkNats, checkDaemon]) {
    findings.push(await check(host))
  }
  return findings.flat()
}
