import { bad, type DoctorFinding, type Findings, ok, skipped, warning } from './finding.ts'
import {
  findAddress,
  greaterSysctl,
  type Host,
  type Place,
  placesOf,
  routeTo,
  unique,
  vipOf,
} from './host.ts'
import { tunnelDeviceFor } from './tunnel-device.ts'

const ARP_MEND = 'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2'

/** A VIP that this real server takes packets for, and how they come. */
interface Taken {
  readonly vip: string
  readonly places: readonly Place[]
  /** Where the VIP belongs: `lo`, or the device of the tunnel. */
  readonly home: string
  readonly isTunnel: boolean
}

/** Who it is among the real servers. */
export async function checkIdentity(host: Host): Promise<Findings> {
  const places = placesOf(host)
  const [first] = places
  if (first === undefined) {
    const message =
      host.cluster === undefined
        ? 'no cluster file is known; say --cluster FILE'
        : 'no real server of the cluster file has an address of this machine; say --as NAME'
    return [skipped('identity', message)]
  }
  const { name, address } = first.server
  const services = places.map(({ service }) => service.name).join(', ')
  if (findAddress(host, address) === undefined && host.addresses.length > 0) {
    return [bad('identity', `${address} of ${name} is not an address of this machine`)]
  }
  return [ok('identity', `${name}, ${address}, in ${services}`)]
}

/** The VIPs of direct routing and tunnels are here, where nobody sees them. */
export async function checkHiddenVips(host: Host): Promise<Findings> {
  const taken = takenBy(host)
  const findings = [
    ...taken.flatMap((one) => [...vipFindings(host, one)]),
    ...masqueradedVips(host),
  ]
  return findings.length > 0 ? findings : [skipped('vip', 'neither direct routing nor tunnels')]
}

function vipFindings(host: Host, { vip, home, isTunnel }: Taken): Findings {
  const whole = vip.includes(':') ? 128 : 32
  const place = findAddress(host, vip)
  const add = `ip addr add ${vip}/${whole} dev ${home}`
  if (place === undefined) {
    const how = isTunnel ? 'a tunnel' : 'direct routing'
    return [bad('vip', `${vip} is not on this machine, so its packets by ${how} are dropped`, add)]
  }
  const { device, prefix } = place
  const where = `${vip}/${prefix} is on ${device}`
  const move = `ip addr del ${vip}/${prefix} dev ${device} && ${add}`
  if (prefix !== whole) {
    const message = `${where}: this machine takes all of that network for its own; want /${whole}`
    return [bad('vip', message, move)]
  }
  const isOnNetwork = host.addresses.some(
    (one) => one.device === device && one.address !== vip && one.prefix < whole && device !== 'lo',
  )
  if (isOnNetwork) {
    const message = `${where}, a device with a network, where arp_ignore 1 does not hide it`
    return [bad('vip', message, move)]
  }
  return [ok('vip', where)]
}

/** A masqueraded real server answers itself where it has the VIP. */
function masqueradedVips(host: Host): Findings {
  return placesOf(host).flatMap(({ service, server }) => {
    const vip = vipOf(service)
    const place = vip === undefined ? undefined : findAddress(host, vip)
    if (server.forwarding !== 'masquerade' || place === undefined) return []
    const message = `${vip} is on ${place.device}, but ${service.name} is masqueraded`
    const mend = `ip addr del ${vip}/${place.prefix} dev ${place.device}`
    return [warning('vip', message, mend)]
  })
}

/** Who-has for the VIPs must stay unanswered: that is the director's part. */
export async function checkArp(host: Host): Promise<Findings> {
  const vips = takenBy(host).filter(({ vip }) => !vip.includes(':'))
  if (vips.length === 0) return [skipped('arp', 'no VIP to be silent about over IPv4')]
  const devices = unique(
    placesOf(host).flatMap(({ server }) => findAddress(host, server.address)?.device ?? []),
  )
  return Promise.all(
    devices.map(async (device) => {
      const ignore = await greaterSysctl(host, device, 'arp_ignore')
      const announce = await greaterSysctl(host, device, 'arp_announce')
      const evidence = `arp_ignore ${ignore} and arp_announce ${announce} on ${device}`
      if (ignore >= 1 && announce >= 2) return ok('arp', evidence)
      const message =
        `${evidence}: this machine answers who-has for ${vips.map(({ vip }) => vip).join(', ')}, ` +
        'and takes clients from the director; want 1 and 2'
      return bad('arp', message, ARP_MEND)
    }),
  )
}

/** Tunnelled packets come out of a device that is up and lets clients' addresses pass. */
export async function checkTunnel(host: Host): Promise<Findings> {
  const taken = takenBy(host).filter(({ isTunnel }) => isTunnel)
  if (taken.length === 0) return [skipped('tunnel', 'no tunnel')]
  const findings: DoctorFinding[] = []
  for (const { places } of taken) {
    for (const { service, server } of places) {
      const tunnel = server.tunnel ?? { type: 'ipip' }
      const wanted = tunnelDeviceFor(tunnel, service.address.family, server.family)
      findings.push(...(await tunnelFindings(host, wanted.name, wanted.modules)))
      if (wanted.guePort !== undefined) findings.push(await gueFinding(host, wanted.guePort))
    }
  }
  return [...new Map(findings.map((finding) => [finding.evidence, finding])).values()]
}

async function tunnelFindings(
  host: Host,
  name: string,
  modules: readonly string[],
): Promise<Findings> {
  const device = host.devices.find((one) => one.name === name)
  const load = modules.map((module) => `modprobe ${module}`).join(' && ')
  const up = `ip link set ${name} up`
  if (device === undefined) {
    return [bad('tunnel', `there is no device ${name}`, `${load} && ${up}`)]
  }
  if (!device.isUp) return [bad('tunnel', `${name} is down`, up)]
  const filter = await greaterSysctl(host, name, 'rp_filter')
  const evidence = `${name} is up, rp_filter ${filter}`
  if (filter !== 1) return [ok('tunnel', evidence)]
  const message =
    `${evidence}: clients' addresses are not expected to come out of a tunnel, so all of their ` +
    'packets are dropped; want 0 or 2'
  return [bad('rp_filter', message, `sysctl -w net.ipv4.conf.${name}.rp_filter=2`)]
}

async function gueFinding(host: Host, port: number): Promise<DoctorFinding> {
  const { status, stdout } = await host.view.run(['ip', 'fou', 'show'])
  if (status !== 0) return skipped('tunnel', `ip fou show does not work here`)
  return new RegExp(`port ${port}\\b.*gue`).test(stdout)
    ? ok('tunnel', `GUE is taken on port ${port}`)
    : bad('tunnel', `GUE is not taken on port ${port}`, `ip fou add port ${port} gue`)
}

/** Packets from clients must be let in on the device that they come by. */
export async function checkReversePath(host: Host): Promise<Findings> {
  const direct = takenBy(host).filter(({ isTunnel, vip }) => !isTunnel && !vip.includes(':'))
  if (direct.length === 0) return [skipped('rp_filter', 'no direct routing over IPv4')]
  const toClients = (await routeTo(host, '198.51.100.1'))?.device
  const devices = unique(
    placesOf(host).flatMap(({ server }) => findAddress(host, server.address)?.device ?? []),
  )
  return Promise.all(
    devices.map(async (device) => {
      const filter = await greaterSysctl(host, device, 'rp_filter')
      const evidence = `rp_filter ${filter} on ${device}`
      if (filter !== 1 || toClients === device) return ok('rp_filter', evidence)
      const way = toClients === undefined ? 'there is no way back' : `the way back is ${toClients}`
      const message = `${evidence}, but to clients ${way}: their packets are dropped; want 2`
      return bad('rp_filter', message, `sysctl -w net.ipv4.conf.${device}.rp_filter=2`)
    }),
  )
}

/** Replies of a masqueraded real server go back through the director. */
export async function checkGateway(host: Host): Promise<Findings> {
  const masqueraded = placesOf(host).filter(({ server }) => server.forwarding === 'masquerade')
  const [first] = masqueraded
  if (first === undefined) return [skipped('gateway', 'nothing is masqueraded')]
  const isSix = first.server.family === 6
  const route = await routeTo(host, isSix ? '2001:db8:ffff::1' : '198.51.100.1')
  const via = route?.gateway
  const found = via === undefined ? 'there is no default gateway' : `the default gateway is ${via}`
  const director = host.director ?? 'DIRECTOR'
  const mend = `ip ${isSix ? '-6 ' : ''}route replace default via ${director}`
  const must = 'replies of masqueraded services must go through the director'
  if (via === undefined) return [bad('gateway', `${found}: ${must}`, mend)]
  if (host.director === undefined) {
    return [skipped('gateway', `${found}: ${must}; say --director ADDRESS to compare`)]
  }
  return via === host.director
    ? [ok('gateway', `${found}, the director`)]
    : [bad('gateway', `${found}, not the director ${host.director}: ${must}`, mend)]
}

/** What this real server takes with the VIP as its destination. */
function takenBy(host: Host): readonly Taken[] {
  const taken = new Map<string, Place[]>()
  for (const place of placesOf(host)) {
    const vip = vipOf(place.service)
    if (vip === undefined || place.server.forwarding === 'masquerade') continue
    taken.set(vip, [...(taken.get(vip) ?? []), place])
  }
  return Array.from(taken, ([vip, places]) => {
    const tunnelled = places.find(({ server }) => server.forwarding === 'tunnel')
    if (tunnelled === undefined) return { vip, places, home: 'lo', isTunnel: false }
    const { server, service } = tunnelled
    const tunnel = server.tunnel ?? { type: 'ipip' }
    const { name } = tunnelDeviceFor(tunnel, service.address.family, server.family)
    return { vip, places, home: name, isTunnel: true }
  })
}
