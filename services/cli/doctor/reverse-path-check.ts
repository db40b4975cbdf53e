import { type Findings, ok, skipped, warning } from './finding.ts'
import { findAddress, greaterSysctl, type Host, routeTo, unique, vipOf } from './host.ts'

/**
 * A director lets packets in on the device of its VIPs from where its own way to the sender leads
 * elsewhere; a strict filter drops them (Documentation/networking/ip-sysctl.rst, rp_filter).
 */
export async function checkVipReversePath(host: Host): Promise<Findings> {
  const vips = (host.cluster?.virtualServices ?? []).flatMap((service) => vipOf(service) ?? [])
  const networks = new Set(
    host.addresses.filter(({ prefix }) => prefix < 32).map(({ device }) => device),
  )
  const devices = unique(
    vips.flatMap((vip) => {
      const place = findAddress(host, vip)
      return place?.family === 4 && place.device !== 'lo' ? [place.device] : []
    }),
  ).filter((device) => networks.has(device))
  if (devices.length === 0)
    return [skipped('rp_filter', 'no device with a network has an IPv4 VIP')]
  const toClients = (await routeTo(host, '198.51.100.1'))?.device
  return Promise.all(
    devices.map(async (device) => {
      const filter = await greaterSysctl(host, device, 'rp_filter')
      const evidence = `rp_filter ${filter} on ${device}`
      if (filter !== 1 || toClients === device) return ok('rp_filter', evidence)
      const way = toClients === undefined ? 'there is no way to clients' : `the way is ${toClients}`
      const message =
        `${evidence}, which has a VIP, but ${way} for clients of other networks: what they send ` +
        `by ${device} is dropped; want 2`
      return warning('rp_filter', message, `sysctl -w net.ipv4.conf.${device}.rp_filter=2`)
    }),
  )
}
