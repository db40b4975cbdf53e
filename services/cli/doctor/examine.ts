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
import { checkKernel } from './kernel-check.ts'
import { checkListening } from './listening-check.ts'
import { checkTunnelRoom, checkWays } from './network-checks.ts'
import { checkParity } from './parity-check.ts'
import {
  checkArp,
  checkGateway,
  checkHiddenVips,
  checkIdentity,
  checkReversePath,
  checkTunnel,
} from './real-server-checks.ts'
import { checkVipReversePath } from './reverse-path-check.ts'
import type { HostRole } from './role.ts'
import { checkSync } from './sync-check.ts'

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
          checkKernel,
          checkSysctls,
          checkForwarding,
          checkVips,
          checkVipReversePath,
          checkWays,
          checkSync,
          checkParity,
          checkRivals,
        ]
      : [
          checkIdentity,
          checkHiddenVips,
          checkArp,
          checkReversePath,
          checkTunnel,
          checkTunnelRoom,
          checkGateway,
          (one: Host) => checkListening(one, isLittleEndian),
        ]
  const findings: Findings[] = []
  for (const check of [...checks, checkClock, checkNats, checkDaemon]) {
    findings.push(await check(host))
  }
  return findings.flat()
}
