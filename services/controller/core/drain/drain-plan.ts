import type { SysctlName, SysctlState } from '../../../shared/domain/sysctl.ts'
import { blackHolesAtZero, type VirtualService } from '../../../shared/domain/virtual-service.ts'

/** How one service lets go of a real server, from what IPVS makes of its kind. */
export interface DrainPlan {
  /** `quiesce` waits at weight 0; `remove` takes the row out at once. */
  readonly way: 'quiesce' | 'remove'
  /** Persistence templates keep bringing clients back, so they are waited for, too. */
  readonly templates: boolean
  /** What an operator should know, in words. */
  readonly remarks: readonly string[]
}

type PlannedService = Pick<
  VirtualService,
  'scheduler' | 'schedulerFlags' | 'address' | 'onePacket' | 'persistence'
>

/** A setting as one director has it; `undefined` where that is not known. */
export function sysctlOf(sysctls: readonly SysctlState[], name: SysctlName): number | undefined {
  return sysctls.find((one) => one.name === name)?.value
}

/**
 * The plan for one service on one director. Sources: net/netfilter/ipvs/ip_vs_{sh,mh,dh}.c for
 * weight 0 under hashing; ip_vs_conn.c, ip_vs_check_template() for expire_quiescent_template;
 * ip_vs_proto_udp.c for the 300 s that a UDP connection lives after its last packet; ip_vs_core.c
 * for one-packet scheduling, which keeps no connections.
 */
export function drainPlan(service: PlannedService, sysctls: readonly SysctlState[]): DrainPlan {
  const { scheduler, address, onePacket, persistence } = service
  if (blackHolesAtZero(service)) {
    const why = `${scheduler} without its fallback flag turns clients away that hash to weight 0`
    const left = `what connections it has: ${afterRemoval(sysctls)}`
    return { way: 'remove', templates: false, remarks: [`removed at once: ${why}`, left] }
  }
  const remarks: string[] = []
  const expires = sysctlOf(sysctls, 'expire_quiescent_template') === 1
  const templates = !expires
  if (templates && persistence !== undefined) {
    remarks.push(
      'persistent clients keep coming back to weight 0, as net.ipv4.vs.expire_quiescent_template ' +
        'is not 1: it is over when their templates have expired',
    )
  }
  if (onePacket) remarks.push('one-packet scheduling: nothing to wait for')
  else if (address.type === 'address' && address.protocol === 'udp') {
    remarks.push(
      'udp has no end of a connection: each lives 300 s after its last packet, ' +
        'and a client that goes on sending stays',
    )
  }
  return { way: 'quiesce', templates, remarks }
}

/**
 * What becomes of connections when a row is taken out of the table with some left. With
 * expire_nodest_conn at 1 the kernel forgets them at once (since 5.9; before, with their next
 * packet), so that clients are reset or scheduled anew; with 0 it drops their packets in silence
 * until they time out, and revives them with the row (ip_vs_core.c, ip_vs_in()).
 */
export function afterRemoval(sysctls: readonly SysctlState[]): string {
  const value = sysctlOf(sysctls, 'expire_nodest_conn')
  if (value === 1) return 'they are cut: net.ipv4.vs.expire_nodest_conn is 1'
  if (value === undefined) return 'net.ipv4.vs.expire_nodest_conn decides whether they are cut'
  return (
    'net.ipv4.vs.expire_nodest_conn is 0: their packets are dropped in silence ' +
    'until they time out'
  )
}
