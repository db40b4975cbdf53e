import type { SystemView } from '../../services/shared/ports/system-view.ts'

/** A machine that consists of what a test says. */
export interface FakeSystemParts {
  readonly files?: Readonly<Record<string, string>>
  readonly folders?: Readonly<Record<string, readonly string[]>>
  /** By the command line: what it prints, or its exit status. Others are not installed. */
  readonly programs?: Readonly<Record<string, string | number>>
  /** By `device address`: who answers; nobody by default. */
  readonly arp?: Readonly<Record<string, readonly string[]>>
  /** By `host:port`: the first line. */
  readonly servers?: Readonly<Record<string, string>>
}

/** Addresses of a device as `ip -j addr` prints them: `eth0 10.0.0.1/24`. */
export function ipAddr(...lines: readonly string[]): string {
  const links = new Map<string, object[]>([['lo', []]])
  for (const line of lines) {
    const [device = '', text = '', ...words] = line.split(' ')
    const [local, prefix] = text.split('/')
    const list = links.get(device) ?? []
    links.set(device, list)
    if (text === '') continue
    list.push({
      ...{ family: text.includes(':') ? 'inet6' : 'inet', local, prefixlen: Number(prefix) },
      ...(words.includes('deprecated') && { deprecated: true, preferred_life_time: 0 }),
    })
  }
  return JSON.stringify(
    Array.from(links, ([ifname, addr_info]) => ({
      ...{ ifname, mtu: 1500, addr_info },
      flags: ifname === 'lo' ? ['LOOPBACK', 'UP'] : ifname.endsWith('-') ? [] : ['UP'],
    })),
  )
}

/** A route as `ip -j route get` prints it. */
export function ipRoute(dev: string, gateway?: string): string {
  return JSON.stringify([{ dev, ...(gateway !== undefined && { gateway }) }])
}

/** A view of it. */
export function createFakeSystem(parts: FakeSystemParts): SystemView {
  return {
    readFile: async (path) => parts.files?.[path],
    list: async (path) => parts.folders?.[path] ?? [],
    async run(argv) {
      const found = parts.programs?.[argv.join(' ')]
      if (found === undefined) return { stdout: '', stderr: 'not found' }
      if (typeof found === 'number') return { status: found, stdout: '', stderr: '' }
      return { status: 0, stdout: found, stderr: '' }
    },
    whoHas: async (device, address) => ({ answer: parts.arp?.[`${device} ${address}`] ?? [] }),
    async greeting(host, port) {
      const line = parts.servers?.[`${host}:${port}`]
      return line === undefined ? { problem: 'connection refused' } : { answer: line }
    },
  }
}

/** Kernel settings by their names with dots, as files of /proc/sys. */
export function sysctlFiles(
  values: Readonly<Record<string, number>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `/proc/sys/${name.replaceAll('.', '/')}`,
      `${value}\n`,
    ]),
  )
}
