import type { Lab } from './lab.ts'

/**
 * What makes machines of a lab into the parts of an LVS cluster; each works on hosts and guests.
 */

/** Gives a machine a virtual address on its cable. */
export async function addVip(lab: Lab, machine: string, vip: string): Promise<void> {
  await addAddress(lab, machine, vip, 'eth0')
}

/** A real server for direct routing: it takes the VIP's packets and never answers ARP for it. */
export async function directRoutingRealServer(
  lab: Lab,
  machine: string,
  vip: string,
): Promise<void> {
  await silenceArp(lab, machine)
  await addAddress(lab, machine, vip, 'lo')
}

/**
 * A real server for IP-in-IP tunnels. Must be a guest: the host's kernel need not have the module.
 * Replies leave with the VIP as their source, so reverse-path filters are off.
 */
export async function tunnelRealServer(lab: Lab, guest: string, vip: string): Promise<void> {
  await silenceArp(lab, guest)
  await lab.must(guest, ['modprobe', 'ipip'])
  await lab.must(guest, ['ip', 'link', 'set', 'tunl0', 'up'])
  await addAddress(lab, guest, vip, 'tunl0')
  for (const device of ['all', 'tunl0', 'eth0']) {
    await sysctl(lab, guest, `net/ipv4/conf/${device}/rp_filter`, 0)
  }
}

/** A real server for masquerading: its replies go through the director, which must rewrite them. */
export async function masqueradedRealServer(
  lab: Lab,
  machine: string,
  director: { readonly address: string; readonly address6: string },
): Promise<void> {
  await lab.must(machine, ['ip', 'route', 'replace', 'default', 'via', director.address])
  await lab.must(machine, ['ip', '-6', 'route', 'replace', 'default', 'via', director.address6])
}

/**
 * A way to addresses outside the lab's network, as a client needs it for a VIP of its own range.
 */
export async function addRoute(
  lab: Lab,
  machine: string,
  route: { readonly to: string; readonly via: string },
): Promise<void> {
  const family = route.to.includes(':') ? '-6' : '-4'
  await lab.must(machine, ['ip', family, 'route', 'replace', route.to, 'via', route.via])
}

/** Marks what comes for some ports of a VIP, so that one fwmark service can take all of it. */
export async function markTraffic(
  lab: Lab,
  director: string,
  traffic: {
    readonly vip: string
    readonly protocol: 'tcp' | 'udp'
    readonly ports: readonly number[]
    readonly mark: number
  },
): Promise<void> {
  const { vip, protocol, ports, mark } = traffic
  // The nf_tables variant of iptables does not work in the guests' kernel.
  const program = vip.includes(':') ? 'ip6tables-legacy' : 'iptables-legacy'
  for (const port of ports) {
    const match = ['-d', vip, '-p', protocol, '--dport', `${port}`]
    const action = ['-j', 'MARK', '--set-mark', `${mark}`]
    await lab.must(director, [program, '-t', 'mangle', '-A', 'PREROUTING', ...match, ...action])
  }
}

/** Sets a kernel setting by its path under /proc/sys. */
export async function sysctl(
  lab: Lab,
  machine: string,
  path: string,
  value: number,
): Promise<void> {
  await lab.must(machine, ['sh', '-c', `echo ${value} >/proc/sys/${path}`])
}

async function silenceArp(lab: Lab, machine: string): Promise<void> {
  await sysctl(lab, machine, 'net/ipv4/conf/all/arp_ignore', 1)
  await sysctl(lab, machine, 'net/ipv4/conf/all/arp_announce', 2)
}

async function addAddress(
  lab: Lab,
  machine: string,
  address: string,
  device: string,
): Promise<void> {
  const isSix = address.includes(':')
  const withPrefix = `${address}/${isSix ? 128 : 32}`
  // Deprecated, or a director would take a VIP of /128 as the source of its own checks (RFC 6724,
  // rule 8), which a direct-routing real server takes for itself and never answers.
  const six = isSix ? ['nodad', 'preferred_lft', '0'] : []
  await lab.must(machine, ['ip', 'addr', 'add', withPrefix, 'dev', device, ...six])
}
