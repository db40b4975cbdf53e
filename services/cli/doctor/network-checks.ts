import type { RealServer } from '../../shared/domain/virtual-service.ts'
import { bad, type DoctorFinding, type Findings, ok, skipped, warning } from './finding.ts'
import {
  findAddress,
  type Host,
  type Place,
  placesOf,
  type Route,
  routeTo,
  sysctl,
  unique,
  vipOf,
} from './host.ts'

/** Outer headers: IP in IP, and GRE or GUE on top of it (ipip 20, gre 24, gue 32; IPv6 20 more). */
const OUTER_BYTES = { ipip: 20, gre: 24, gue: 32 } as const
const ETHERNET_BYTES = 1500

interface Way extends Place {
  readonly route: Route | undefined
}

/** How this director reaches its real servers. */
export async function checkWays(host: Host): Promise<Findings> {
  const ways: Way[] = []
  const seen = new Map<string, Promise<Route | undefined>>()
  for (const service of host.cluster?.virtualServices ?? []) {
    for (const server of service.realServers) {
      const route = seen.get(server.address) ?? routeTo(host, server.address)
      seen.set(server.address, route)
      ways.push({ service, server, route: await route })
    }
  }
  if (ways.length === 0) return [skipped('route', 'no real server is known')]
  return [
    ...routeFindings(ways),
    ...onceEach(ways.map((way) => mtuFinding(host, way))),
    ...(await redirectFindings(host, ways)),
    ...(await arpFindings(host, ways)),
  ]
}

/** Each that is not reached as it must be, and in one line those that are. */
function routeFindings(ways: readonly Way[]): Findings {
  const wrong = onceEach(ways.map(routeFinding))
  if (wrong.length > 0) return wrong
  const devices = unique(ways.map(({ route }) => route?.device ?? ''))
  const servers = unique(ways.map(({ server }) => server.name))
  return [ok('route', `${servers.join(', ')}: reached by ${devices.join(', ')}`)]
}

function routeFinding({ service, server, route }: Way): DoctorFinding | undefined {
  const who = `${server.name} (${server.address})`
  if (route === undefined) {
    return bad('route', `there is no way to ${who}`, `ip route get ${server.address}`)
  }
  if (server.forwarding !== 'direct-route' || route.gateway === undefined || route.isLocal) {
    return undefined
  }
  const message =
    `${who} is behind the gateway ${route.gateway}, and direct routing (${service.name}) ` +
    'reaches machines of our own network only; say forwarding: tunnel'
  return bad('route', message)
}

function mtuFinding({ devices }: Host, { server, route }: Way): DoctorFinding | undefined {
  if (server.forwarding !== 'tunnel' || route === undefined || route.isLocal) return undefined
  const needed = neededMtu(server)
  const device = devices.find(({ name }) => name === route.device)
  const evidence = `${route.device} to ${server.name} has MTU ${route.mtu}`
  if (device === undefined || route.mtu >= needed) return ok('mtu', evidence)
  const message =
    `${evidence}: tunnelled packets of ${ETHERNET_BYTES} bytes need ${needed}, so clients are ` +
    'told to send less by ICMP, which some firewalls drop'
  return warning('mtu', message, `ip link set ${route.device} mtu ${needed}`)
}

/**
 * A real server's own device takes tunnelled packets of full size; where the director has room for
 * them and this machine has not, they are lost without a word.
 */
export async function checkTunnelRoom(host: Host): Promise<Findings> {
  const tunnelled = placesOf(host).filter(({ server }) => server.forwarding === 'tunnel')
  const findings = tunnelled.map(({ server }) => {
    const place = findAddress(host, server.address)
    const device = host.devices.find(({ name }) => name === place?.device)
    if (device === undefined) return skipped('mtu', `no device has ${server.address}`)
    const needed = neededMtu(server)
    const evidence = `${device.name} has MTU ${device.mtu}`
    if (device.mtu >= needed) return ok('mtu', evidence)
    const message =
      `${evidence}: tunnelled packets of ${ETHERNET_BYTES} bytes are ${needed} long, so no ` +
      'director with more room may send them: they are lost in silence'
    return warning('mtu', message, `ip link set ${device.name} mtu ${needed}`)
  })
  return findings.length > 0 ? onceEach(findings) : [skipped('mtu', 'no tunnel')]
}

/** Room for a full Ethernet packet and its outer headers. */
function neededMtu({ tunnel, family }: RealServer): number {
  return ETHERNET_BYTES + OUTER_BYTES[tunnel?.type ?? 'ipip'] + (family === 6 ? 20 : 0)
}

/** A masqueraded server beside its clients is told of the shorter way, which breaks connections. */
async function redirectFindings(host: Host, ways: readonly Way[]): Promise<Findings> {
  const masqueraded = ways.filter(
    ({ server, route }) => server.forwarding === 'masquerade' && server.family === 4 && route,
  )
  const devices = new Set(masqueraded.map(({ route }) => route?.device ?? ''))
  const clients = (await routeTo(host, '198.51.100.1'))?.device
  const findings: DoctorFinding[] = []
  for (const device of devices) {
    if (device !== clients) continue
    const all = (await sysctl(host, 'net.ipv4.conf.all.send_redirects')) ?? 0
    const own = (await sysctl(host, `net.ipv4.conf.${device}.send_redirects`)) ?? 0
    // The kernel sends them if either says so.
    if (all === 0 && own === 0) continue
    const message =
      `clients and masqueraded real servers are both on ${device}, and this machine sends ` +
      'redirects (send_redirects), after which replies bypass it'
    const set = (name: string) => `net.ipv4.conf.${name}.send_redirects=0`
    findings.push(warning('redirects', message, `sysctl -w ${set('all')} ${set(device)}`))
  }
  return findings
}

/** Asks the network who has each VIP: nobody but this machine may answer. */
async function arpFindings(host: Host, ways: readonly Way[]): Promise<Findings> {
  const questions = new Map<string, { readonly vip: string; readonly device: string }>()
  for (const { service, server, route } of ways) {
    const vip = vipOf(service)
    if (vip === undefined || vip.includes(':') || route === undefined) continue
    if (server.forwarding === 'masquerade' || route.isLocal) continue
    questions.set(`${vip} ${route.device}`, { vip, device: route.device })
  }
  if (questions.size === 0) return [skipped('arp', 'no VIP is shared with a real server over IPv4')]
  const findings: DoctorFinding[] = []
  for (const { vip, device } of questions.values()) {
    const { answer, problem } = await host.view.whoHas(device, vip)
    if (answer === undefined) findings.push(skipped('arp', problem))
    else if (answer.length === 0) {
      findings.push(ok('arp', `nobody else answers who-has ${vip} on ${device}`))
    } else findings.push(await arpFinding(host, { vip, device, macs: answer }, ways))
  }
  return findings
}

async function arpFinding(
  host: Host,
  { vip, device, macs }: { vip: string; device: string; macs: readonly string[] },
  ways: readonly Way[],
): Promise<DoctorFinding> {
  const neighbours = (await host.view.run(['ip', 'neigh', 'show', 'dev', device])).stdout
  const named = macs.map((mac) => nameOf(mac, neighbours, ways))
  const answering = named.map(({ text }) => text).join(', ')
  const [first] = named
  const message =
    `${answering} answers who-has ${vip} on ${device}: clients' packets go there, past this ` +
    'director (right only if that is the director that serves now)'
  const mend =
    first?.server === undefined
      ? 'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2'
      : `lvsctl render realserver ${first.server}   # and run it there`
  return first?.server === undefined ? warning('arp', message, mend) : bad('arp', message, mend)
}

function nameOf(
  mac: string,
  neighbours: string,
  ways: readonly Way[],
): { readonly text: string; readonly server?: string } {
  for (const line of neighbours.split('\n')) {
    if (!line.includes(` lladdr ${mac} `)) continue
    const server = ways.find(({ server: one }) => line.startsWith(`${one.address} `))?.server
    if (server !== undefined) return { text: `${server.name} (${mac})`, server: server.name }
  }
  return { text: mac }
}

/** The same said of many real servers counts once. */
function onceEach(findings: readonly (DoctorFinding | undefined)[]): Findings {
  const seen = new Map<string, DoctorFinding>()
  for (const finding of findings) {
    if (finding !== undefined) seen.set(`${finding.verdict} ${finding.evidence}`, finding)
  }
  return [...seen.values()]
}
