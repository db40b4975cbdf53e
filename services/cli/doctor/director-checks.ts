import { SYSCTL_NAMES } from '../../shared/domain/sysctl.ts'
import { blackHolesAtZero, type VirtualService } from '../../shared/domain/virtual-service.ts'
import { bad, type DoctorFinding, type Findings, ok, skipped, warning } from './finding.ts'
import { findAddress, type Host, sysctl, unique, vipOf } from './host.ts'

/** IPVS itself, and the schedulers and persistence engines that the cluster file names. */
export async function checkModules(host: Host): Promise<Findings> {
  const table = await host.view.readFile('/proc/net/ip_vs')
  const [version] = table?.split('\n') ?? []
  const ipvs =
    version === undefined
      ? bad('modules', 'there is no /proc/net/ip_vs: IPVS is not in this kernel', 'modprobe ip_vs')
      : ok('modules', version.trim())
  const loaded = (await host.view.readFile('/proc/modules')) ?? ''
  const missing = await Promise.all(
    Array.from(modulesFor(host), async ([module, what]): Promise<Findings> => {
      if (new RegExp(`^${module} `, 'm').test(loaded)) return []
      const { status } = await host.view.run(['modprobe', '-n', '-q', module])
      if (status === undefined || status === 0) return []
      return [bad('modules', `${what}: modprobe knows no ${module}`, `modprobe ${module}`)]
    }),
  )
  return [ipvs, ...missing.flat()]
}

/** What each module is wanted for. */
function modulesFor({ cluster }: Host): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>()
  for (const { scheduler, persistence } of cluster?.virtualServices ?? []) {
    wanted.set(`ip_vs_${scheduler}`, `scheduler ${scheduler}`)
    const engine = persistence?.engine
    if (engine !== undefined) wanted.set(`ip_vs_pe_${engine}`, `persistence engine ${engine}`)
  }
  return wanted
}

const CAP_NET_ADMIN = 12n
const CAP_NET_RAW = 13n

/** The rights of who asks, which are hardly those of the daemon but where that runs as root. */
export async function checkRights(host: Host): Promise<Findings> {
  const status = await host.view.readFile('/proc/self/status')
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1]
  if (mask === undefined) return [skipped('rights', '/proc/self/status shows no capabilities')]
  const has = (bit: bigint) => ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n
  const evidence = `capabilities ${mask} in /proc/self/status`
  if (!has(CAP_NET_ADMIN)) {
    const message = `no CAP_NET_ADMIN (${evidence}): the table cannot be read or written`
    return [bad('rights', message, 'sudo lvsctl doctor')]
  }
  if (!has(CAP_NET_RAW)) {
    const range = 'sysctl -w net.ipv4.ping_group_range="0 2147483647"'
    const message = `CAP_NET_ADMIN, but no CAP_NET_RAW (${evidence}): icmp checks may not work`
    return [warning('rights', message, range)]
  }
  return [ok('rights', 'CAP_NET_ADMIN and CAP_NET_RAW')]
}

/** What the cluster file asks for, and what drains and failures need. */
export async function checkSysctls(host: Host): Promise<Findings> {
  const wanted = host.cluster?.sysctls ?? {}
  const findings: DoctorFinding[] = []
  const services = host.cluster?.virtualServices ?? []
  for (const name of SYSCTL_NAMES) {
    const want = wanted[name]
    if (want === undefined) continue
    const value = await sysctl(host, `net.ipv4.vs.${name}`)
    if (value === want) continue
    const found = value === undefined ? 'is not there' : `is ${value}`
    const message = `net.ipv4.vs.${name} ${found}; the cluster file asks for ${want}`
    findings.push(bad('sysctls', message, `sysctl -w net.ipv4.vs.${name}=${want}`))
  }
  const removes = services.filter(
    (service) => service.onFailure === 'remove' || blackHolesAtZero(service),
  )
  const persistent = services.filter(({ persistence }) => persistence !== undefined)
  const traps: readonly Trap[] = [
    ['expire_nodest_conn', 1, removes, 'clients of a removed real server wait for minutes'],
    ['expire_quiescent_template', 1, persistent, 'persistent clients stay with a quiesced one'],
    ['conn_reuse_mode', 1, services, 'a busy client keeps a real server at weight 0 alive'],
  ]
  for (const [name, good, concerned, harm] of traps) {
    const value = await sysctl(host, `net.ipv4.vs.${name}`)
    if (concerned.length === 0 || value === undefined || value === good) continue
    if (wanted[name] !== undefined) continue
    const names = concerned.map((service) => service.name).join(', ')
    const message = `net.ipv4.vs.${name} is ${value}: ${harm} (${names})`
    findings.push(warning('sysctls', message, `sysctl -w net.ipv4.vs.${name}=${good}`))
  }
  if (findings.length === 0) return [ok('sysctls', 'net.ipv4.vs as it should be')]
  return (await isReadOnly(host)) ? [...findings, warning('sysctls', READ_ONLY)] : findings
}

const READ_ONLY =
  '/proc/sys is read-only here (/proc/self/mounts), as in a container: nothing here can change a ' +
  'setting; run these commands on its host, and keep them in its /etc/sysctl.d'

async function isReadOnly(host: Host): Promise<boolean> {
  const mounts = (await host.view.readFile('/proc/self/mounts')) ?? ''
  return /^\S+ \/proc\/sys \S+ ro[, ]/m.test(mounts)
}

type Trap = readonly [
  name: 'expire_nodest_conn' | 'expire_quiescent_template' | 'conn_reuse_mode',
  good: number,
  concerned: readonly VirtualService[],
  harm: string,
]

/** Masqueraded connections are routed through this machine. */
export async function checkForwarding(host: Host): Promise<Findings> {
  const families = unique(
    (host.cluster?.virtualServices ?? []).flatMap((service) =>
      service.realServers
        .filter(({ forwarding }) => forwarding === 'masquerade')
        .map(() => service.address.family),
    ),
  )
  if (families.length === 0) return [skipped('ip_forward', 'no real server is masqueraded')]
  return Promise.all(
    families.map(async (family) => {
      const name = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'
      const value = await sysctl(host, name)
      if (value === 1) return ok('ip_forward', `${name} is 1`)
      const found = `${name} is ${value ?? 'not there'}`
      const message = `${found}: replies of masqueraded real servers are dropped`
      return bad('ip_forward', message, `sysctl -w ${name}=1`)
    }),
  )
}

/** The VIPs are where clients' packets are taken in. */
export async function checkVips(host: Host): Promise<Findings> {
  const services = host.cluster?.virtualServices ?? []
  const vips = unique(services.flatMap((service) => vipOf(service) ?? []))
  if (vips.length === 0) return [skipped('vip', 'no virtual service has an address')]
  return vips.map((vip) => {
    const place = findAddress(host, vip)
    const prefix = vip.includes(':') ? 128 : 32
    if (place === undefined) {
      const message = `${vip} is not on this machine: right for a standby, wrong for who serves`
      return warning('vip', message, `ip addr add ${vip}/${prefix} dev DEVICE`)
    }
    const where = `${vip}/${place.prefix} is on ${place.device}`
    if (place.family === 6 && place.prefix === 128 && !place.isDeprecated) {
      const message = `${where} and may be chosen as the source of our own checks (RFC 6724 rule 8)`
      const mend = `ip -6 addr change ${vip}/128 dev ${place.device} preferred_lft 0`
      return warning('vip', message, mend)
    }
    return ok('vip', where)
  })
}

/** Others that write the same table. */
export async function checkRivals(host: Host): Promise<Findings> {
  const ids = (await host.view.list('/proc')).filter((name) => /^\d+$/.test(name))
  const found = new Map<string, string>()
  await Promise.all(
    ids.map(async (id) => {
      const name = (await host.view.readFile(`/proc/${id}/comm`))?.trim() ?? ''
      if (name === 'ldirectord' || name === 'keepalived') found.set(name, id)
    }),
  )
  if (found.size === 0) return [ok('rivals', 'neither ldirectord nor keepalived runs')]
  return Array.from(found, ([name, id]) => {
    const evidence = `${name} runs (process ${id})`
    return name === 'ldirectord'
      ? bad('rivals', `${evidence} and writes the same table`, 'systemctl disable --now ldirectord')
      : warning(
          'rivals',
          `${evidence}: fine for VRRP, but two write one table if it has a virtual_server`,
          'grep -n virtual_server /etc/keepalived/keepalived.conf',
        )
  })
}
