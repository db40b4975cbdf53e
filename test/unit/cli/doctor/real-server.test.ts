import { endianness } from 'node:os'
import { expect, test } from 'vitest'
import { readListeners, takes } from '../../../../services/cli/doctor/listening.ts'
import type { FakeSystemParts } from '../../../support/fake-system.ts'
import { ipAddr, ipRoute, sysctlFiles } from '../../../support/fake-system.ts'
import { doctorOn } from './doctor-on.ts'

const CLUSTER = `cluster: shop
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
defaults: { forwarding: direct-route }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    realServers: { web1: , web2: }
`
const TUNNELLED = CLUSTER.replace('direct-route', 'tunnel')
const MASQUERADED = CLUSTER.replace('direct-route', 'masquerade')
const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue\n'
const listens = (address: string) => `${HEAD}   0: ${address}:0050 00000000:0000 0A 00000000:0\n`

const GOOD = {
  files: {
    '/proc/net/tcp': listens('00000000'),
    ...sysctlFiles({
      'net.ipv4.conf.all.arp_ignore': 1,
      'net.ipv4.conf.all.arp_announce': 2,
      'net.ipv4.conf.all.rp_filter': 1,
    }),
  },
  programs: {
    'ip -j addr': ipAddr('lo 192.0.2.10/32', 'eth0 10.0.0.11/24'),
    'ip -j route get 198.51.100.1': ipRoute('eth0', '10.0.0.254'),
  },
} satisfies FakeSystemParts

const doctor = (parts: FakeSystemParts = {}, cluster = CLUSTER, ...args: readonly string[]) =>
  doctorOn(
    {
      ...parts,
      files: { ...GOOD.files, ...parts.files },
      programs: { ...GOOD.programs, ...parts.programs },
    },
    cluster,
    ...args,
  )
const addresses = (...lines: readonly string[]) => ({
  programs: { 'ip -j addr': ipAddr(...lines) },
})

test('a real server as it should be is well, and known by its address', async () => {
  const { role, because, bad, warnings, exitCode } = await doctor()
  expect({ role, because, bad, warnings, exitCode }).toEqual({
    role: 'realserver',
    because: 'it has the address of web1',
    ...{ bad: [], warnings: [], exitCode: 0 },
  })
})

// What /proc/net/tcp shows is in the order of this machine's own bytes.
test.skipIf(endianness() !== 'LE').each([
  [
    'without the VIP',
    addresses('eth0 10.0.0.11/24'),
    'vip 192.0.2.10 is not on this machine, so its packets by direct routing are dropped | ' +
      'ip addr add 192.0.2.10/32 dev lo',
  ],
  [
    'with the whole network of the VIP',
    addresses('lo 192.0.2.10/24', 'eth0 10.0.0.11/24'),
    'vip 192.0.2.10/24 is on lo: this machine takes all of that network for its own; want /32 | ' +
      'ip addr del 192.0.2.10/24 dev lo && ip addr add 192.0.2.10/32 dev lo',
  ],
  [
    'with the VIP in the open',
    addresses('eth0 10.0.0.11/24', 'eth0 192.0.2.10/32'),
    'vip 192.0.2.10/32 is on eth0, a device with a network, where arp_ignore 1 does not hide it | ' +
      'ip addr del 192.0.2.10/32 dev eth0 && ip addr add 192.0.2.10/32 dev lo',
  ],
  [
    'that answers who-has',
    { files: sysctlFiles({ 'net.ipv4.conf.all.arp_ignore': 0 }) },
    'arp arp_ignore 0 and arp_announce 2 on eth0: this machine answers who-has for 192.0.2.10, ' +
      'and takes clients from the director; want 1 and 2 | ' +
      'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
  ],
  [
    'whose way back is another than the way in',
    { programs: { 'ip -j route get 198.51.100.1': ipRoute('eth1', '10.9.0.1') } },
    'rp_filter rp_filter 1 on eth0, but to clients the way back is eth1: their packets are ' +
      'dropped; want 2 | sysctl -w net.ipv4.conf.eth0.rp_filter=2',
  ],
  [
    'whose server listens at its own address only',
    { files: { '/proc/net/tcp': listens('0B00000A') } },
    'listens nothing takes 192.0.2.10:80/tcp of web; packets come with the VIP as their ' +
      "destination, so bind to all addresses, or to it | ss -lntp 'sport = :80'",
  ],
] as const)('a real server for direct routing %s is not well', async (_what, parts, finding) => {
  const { bad, exitCode } = await doctor(parts)
  expect(bad).toEqual([finding])
  expect(exitCode).toBe(1)
})

test('a setting of the device counts where it is greater than that of all', async () => {
  const { bad } = await doctor({
    files: sysctlFiles({ 'net.ipv4.conf.all.arp_ignore': 0, 'net.ipv4.conf.eth0.arp_ignore': 1 }),
  })
  expect(bad).toEqual([])
})

test('a tunnel needs its device, up, and without a strict filter', async () => {
  const missing = await doctor({}, TUNNELLED)
  expect(missing.bad).toContain(
    'tunnel there is no device tunl0 | modprobe ipip && ip link set tunl0 up',
  )
  const here = addresses('eth0 10.0.0.11/24', 'tunl0 192.0.2.10/32')
  const strict = await doctor(here, TUNNELLED)
  expect(strict.bad).toEqual([
    expect.stringMatching(
      /^rp_filter tunl0 is up, rp_filter 1: .* \| sysctl -w net.ipv4.conf.tunl0.rp_filter=2$/,
    ),
  ])
  const files = sysctlFiles({ 'net.ipv4.conf.tunl0.rp_filter': 2 })
  expect((await doctor({ ...here, files }, TUNNELLED)).bad).toEqual([])
})

test('GUE needs its port besides', async () => {
  const cluster = TUNNELLED.replace(
    'realServers: { web1: ,',
    'tunnel: { type: gue, port: 6080 }\n    realServers: { web1: ,',
  )
  const here = ipAddr('eth0 10.0.0.11/24', 'tunl0 192.0.2.10/32')
  const files = sysctlFiles({ 'net.ipv4.conf.tunl0.rp_filter': 2 })
  const without = await doctor(
    { files, programs: { 'ip -j addr': here, 'ip fou show': '' } },
    cluster,
  )
  expect(without.bad).toEqual(['tunnel GUE is not taken on port 6080 | ip fou add port 6080 gue'])
  const withPort = { 'ip -j addr': here, 'ip fou show': 'port 6080 gue\n' }
  expect((await doctor({ files, programs: withPort }, cluster)).bad).toEqual([])
})

test('a tunnel needs room for its outer header on the device by which it comes', async () => {
  const here = ipAddr('eth0 10.0.0.11/24', 'tunl0 192.0.2.10/32')
  const files = sysctlFiles({ 'net.ipv4.conf.tunl0.rp_filter': 2 })
  const narrow = await doctor({ files, programs: { 'ip -j addr': here } }, TUNNELLED)
  expect(narrow.warnings).toEqual([
    'mtu eth0 has MTU 1500: tunnelled packets of 1500 bytes are 1520 long, so no director with ' +
      'more room may send them: they are lost in silence | ip link set eth0 mtu 1520',
  ])
  const programs = { 'ip -j addr': here.replaceAll('"mtu":1500', '"mtu":1520') }
  const wide = await doctor({ files, programs }, TUNNELLED)
  expect(wide.warnings).toEqual([])
  expect(wide.good).toContain('mtu eth0 has MTU 1520')
})

test('a masqueraded real server goes back through the director, and has no VIP', async () => {
  const files = { '/proc/net/tcp': listens('0B00000A') }
  const here = addresses('eth0 10.0.0.11/24')
  const other = await doctor({ ...here, files }, MASQUERADED, '--director', '10.0.0.1')
  expect(other.bad).toEqual([
    'gateway the default gateway is 10.0.0.254, not the director 10.0.0.1: replies of ' +
      'masqueraded services must go through the director | ip route replace default via 10.0.0.1',
  ])
  const right = await doctor({ ...here, files }, MASQUERADED, '--director', '10.0.0.254')
  expect([...right.bad, ...right.warnings]).toEqual([])
  const both = await doctor({ files }, MASQUERADED)
  expect(both.warnings).toEqual([
    'vip 192.0.2.10 is on lo, but web is masqueraded | ip addr del 192.0.2.10/32 dev lo',
  ])
})

test('nothing says what a machine without a part is', async () => {
  await expect(doctor(addresses('eth0 10.0.9.1/24'))).rejects.toThrow(
    'say --role director or --role realserver',
  )
})

test('a name that the file does not know is refused', async () => {
  await expect(doctor({}, CLUSTER, '--as', 'web9')).rejects.toThrow(
    '--as web9: no such real server in the cluster file',
  )
})

test('/proc/net/tcp is read in either order of bytes, for either family', () => {
  const four = listens('0B00000A')
  expect(readListeners(four, 'tcp', true)).toEqual([{ address: '10.0.0.11', port: 80 }])
  expect(readListeners(four, 'tcp', false)).toEqual([{ address: '11.0.0.10', port: 80 }])
  const six = `${HEAD}   0: B80D0120000000000000000011000000:0050 00000000:0000 0A 00000000:0\n`
  const [found] = readListeners(six, 'tcp', true)
  expect(found).toEqual({ address: '2001:db8::11', port: 80 })
  const wanted = { address: '192.0.2.10', port: 80, family: 4 } as const
  expect(takes([{ address: '::', port: 80 }], wanted)).toBe(true)
  expect(takes([{ address: '10.0.0.11', port: 80 }], wanted)).toBe(false)
  const established = four.replace(' 0A ', ' 01 ')
  expect(readListeners(established, 'tcp', true)).toEqual([])
})
