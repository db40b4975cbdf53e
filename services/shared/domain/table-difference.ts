import { schedulerFlagBits } from './scheduler-flags.ts'
import type { TableServer, TableServiceHead } from './table.ts'
import type { Persistence, Tunnel } from './virtual-service.ts'

/** A field that is not the same in two tables, both values in words. */
export interface Difference {
  /** `weight`, `scheduler`, … */
  readonly what: string
  readonly was: string
  readonly now: string
}

const NONE: readonly Difference[] = []

/** What differs between a service as wanted and as found, its rows left aside. */
export function headDifferences(
  want: TableServiceHead,
  found: TableServiceHead,
): readonly Difference[] {
  const differences: Difference[] = []
  note(differences, 'scheduler', want.scheduler, found.scheduler)
  if (schedulerFlagBits(want.schedulerFlags) !== schedulerFlagBits(found.schedulerFlags)) {
    note(differences, 'scheduler flags', list(want.schedulerFlags), list(found.schedulerFlags))
  }
  note(differences, 'one-packet', onOff(want.onePacket), onOff(found.onePacket))
  note(differences, 'persistence', persistence(want.persistence), persistence(found.persistence))
  return differences
}

/** A row as it was found; `local` where a kernel says so. */
export type FoundServer = TableServer & { readonly local?: true }

/**
 * What differs between a row as wanted and as found; forwarding to the director itself never does.
 */
export function serverDifferences(want: TableServer, found: FoundServer): readonly Difference[] {
  const sameWay = found.local === true || sameForwarding(want, found)
  if (sameWay && sameNumbers(want, found)) return NONE
  const differences: Difference[] = []
  if (!sameWay) note(differences, 'forwarding', forwarding(want), forwarding(found))
  note(differences, 'weight', `${want.weight}`, `${found.weight}`)
  note(differences, 'upper threshold', `${want.upperThreshold}`, `${found.upperThreshold}`)
  note(differences, 'lower threshold', `${want.lowerThreshold}`, `${found.lowerThreshold}`)
  return differences
}

function note(differences: Difference[], what: string, was: string, now: string): void {
  if (was !== now) differences.push({ what, was, now })
}

function sameNumbers(want: TableServer, found: TableServer): boolean {
  return (
    want.weight === found.weight &&
    want.upperThreshold === found.upperThreshold &&
    want.lowerThreshold === found.lowerThreshold
  )
}

function sameForwarding(want: TableServer, found: TableServer): boolean {
  if (want.forwarding !== found.forwarding) return false
  return want.forwarding !== 'tunnel' || tunnel(want.tunnel) === tunnel(found.tunnel)
}

function forwarding(server: TableServer): string {
  return server.forwarding === 'tunnel' ? `tunnel ${tunnel(server.tunnel)}` : server.forwarding
}

function tunnel(value: Tunnel | undefined): string {
  if (value === undefined || value.type === 'ipip') return 'ipip'
  if (value.type === 'gre') return `gre ${value.checksum}`
  return `gue port ${value.port} ${value.checksum}`
}

function persistence(value: Persistence | undefined): string {
  if (value === undefined) return 'none'
  const engine = value.engine === undefined ? '' : ` engine ${value.engine}`
  return `${value.timeoutS} s netmask /${value.netmask}${engine}`
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off'
}

function list(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(' ')
}
