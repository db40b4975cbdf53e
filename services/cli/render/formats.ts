import type { HostSetup, SetupAddress } from './host-setup.ts'

/** Ways to write a set-up down. */
export const RENDER_FORMATS = ['shell', 'systemd-networkd', 'ifupdown'] as const
/** `shell`, … */
export type RenderFormat = (typeof RENDER_FORMATS)[number]

/** The set-up in one format: a script, or files under lines that name them. */
export function renderSetup(setup: HostSetup, format: RenderFormat): string {
  const render = { shell, 'systemd-networkd': networkd, ifupdown }
  return `${render[format](setup).join('\n').trimEnd()}\n`
}

/** May run again and again; ARP is silenced before there is an address to be silent about. */
function shell(setup: HostSetup): readonly string[] {
  return [
    '#!/bin/sh',
    ...remarks(setup),
    'set -eu',
    ...setup.modules.map((module) => `modprobe ${module}`),
    ...setup.sysctls.map(setSysctl),
    ...setup.guePorts.map(addGue),
    ...setup.devices.map((device) => `ip link set ${device} up`),
    ...setup.deviceSysctls.map(setSysctl),
    ...setup.addresses.map(replaceAddress),
    ...setup.gateways.map(({ family, via }) => `ip -${family} route replace default via ${via}`),
  ]
}

/** Files of systemd-networkd and of its neighbours for modules and settings. */
function networkd(setup: HostSetup): readonly string[] {
  const sysctls = [...setup.sysctls, ...setup.deviceSysctls].map(
    ([name, value]) => `${name} = ${value}`,
  )
  const devices = new Set([...setup.devices, ...setup.addresses.map(({ device }) => device)])
  return [
    ...remarks(setup),
    ...file('/etc/modules-load.d/lvs.conf', setup.modules),
    ...file('/etc/sysctl.d/60-lvs.conf', sysctls),
    ...setup.guePorts.flatMap(({ port, family }) =>
      file(`/etc/systemd/network/60-lvs-gue-${port}.netdev`, [
        '[NetDev]',
        `Name=gue${port}`,
        'Kind=fou',
        '[FooOverUDP]',
        'Encapsulation=GenericUDPEncapsulation',
        `Port=${port}`,
        ...(family === 6 ? ['Local=::'] : []),
      ]),
    ),
    ...[...devices].flatMap((device) =>
      device === setup.interface
        ? file(`/etc/systemd/network/${device}.network.d/lvs.conf`, addressesOn(setup, device))
        : file(`/etc/systemd/network/60-lvs-${device}.network`, [
            '[Match]',
            `Name=${device}`,
            '[Network]',
            'LinkLocalAddressing=no',
            ...addressesOn(setup, device),
          ]),
    ),
    ...(setup.gateways.length === 0
      ? []
      : file(`/etc/systemd/network/${setup.interface}.network.d/lvs.conf`, [
          '[Network]',
          ...setup.gateways.map(({ via }) => `Gateway=${via}`),
        ])),
    '# then: systemctl restart systemd-modules-load systemd-sysctl && networkctl reload',
  ]
}

/** A file for interfaces(5); several stanzas of one interface add up. */
function ifupdown(setup: HostSetup): readonly string[] {
  const devices = new Set([...setup.devices, ...setup.addresses.map(({ device }) => device)])
  const before = [
    ...setup.modules.map((module) => `modprobe ${module}`),
    ...setup.sysctls.map(setSysctl),
    ...setup.guePorts.map(addGue),
  ]
  // Behind a firewall mark there may be no address, and settings need a stanza all the same.
  if (devices.size === 0 && before.length > 0) devices.add(setup.interface)
  const stanzas = [...devices].flatMap((device, index) => [
    '',
    ...(device === 'lo' || device === setup.interface ? [] : [`auto ${device}`]),
    `iface ${device} inet ${device === 'lo' ? 'loopback' : 'manual'}`,
    ...(index === 0 ? before.map((command) => `    pre-up ${command}`) : []),
    ...(setup.devices.includes(device) ? [`    up ip link set ${device} up`] : []),
    ...setup.deviceSysctls
      .filter(([name]) => name.includes(`.${device}.`))
      .map((one) => `    up ${setSysctl(one)}`),
    ...setup.addresses
      .filter((one) => one.device === device)
      .flatMap((one) => [
        `    up ${replaceAddress(one)}`,
        `    down ip addr del ${one.address}/${one.prefix} dev ${device} || true`,
      ]),
  ])
  const gateways = setup.gateways.map(
    ({ family, via }) => `    up ip -${family} route replace default via ${via}`,
  )
  return [
    '# /etc/network/interfaces.d/lvs',
    ...remarks(setup),
    ...stanzas,
    ...(gateways.length === 0 ? [] : ['', `iface ${setup.interface} inet manual`, ...gateways]),
  ]
}

function remarks({ remarks: [title = '', ...rest] }: HostSetup): readonly string[] {
  return [`# ${title}`, ...rest.map((line) => `#   ${line}`)]
}

function file(path: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `# ${path}`, ...lines]
}

function setSysctl([name, value]: readonly [string, number]): string {
  return `sysctl -qw ${name}=${value}`
}

/** There is one already when the script runs again. */
function addGue({ port, family }: { readonly port: number; readonly family: 4 | 6 }): string {
  const six = family === 6 ? '-6 ' : ''
  return `ip fou show | grep -q 'port ${port} ' || ip fou add port ${port} ${six}gue`
}

function replaceAddress({ address, prefix, family, device, isDeprecated }: SetupAddress): string {
  const six = family === 6 ? ' nodad' : ''
  const deprecated = isDeprecated ? ' preferred_lft 0' : ''
  return `ip addr replace ${address}/${prefix} dev ${device}${six}${deprecated}`
}

function addressesOn({ addresses }: HostSetup, device: string): readonly string[] {
  return addresses
    .filter((one) => one.device === device)
    .flatMap(({ address, prefix, family, isDeprecated }) => [
      '[Address]',
      `Address=${address}/${prefix}`,
      ...(family === 6 ? ['DuplicateAddressDetection=none'] : []),
      ...(isDeprecated ? ['PreferredLifetime=0'] : []),
    ])
}
