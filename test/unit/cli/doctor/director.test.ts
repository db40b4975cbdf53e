import { expect, test } from 'vitest'
import type { FakeSystemParts } from '../../../support/fake-system.ts'
import { ipAddr, ipRoute, sysctlFiles } from '../../../support/fake-system.ts'
import { doctorOn } from './doctor-on.ts'

const CLUSTER = `cluster: shop
sysctls: { expire_nodest_conn: 1 }
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
defaults: { forwarding: direct-route }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    realServers: { web1: , web2: }
`
const TABLE = 'IP Virtual Server version 1.2.1 (size=4096)\nTCP  C000020A:0050 wlc\n'

/** A director as it should be. */
const GOOD = {
  files: {
    '/proc/net/ip_vs': TABLE,
    '/proc/modules': 'ip_vs_wlc 16384 1 - Live 0x0\n',
    '/proc/self/status': 'CapEff:\t000001ffffffffff\n',
    ...sysctlFiles({ 'net.ipv4.vs.expire_nodest_conn': 1, 'net.ipv4.vs.conn_reuse_mode': 1 }),
  },
  programs: {
    'ip -j addr': ipAddr('lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'eth0 192.0.2.10/32'),
    'ip -j route get 10.0.0.11': ipRoute('eth0'),
    'ip -j route get 10.0.0.12': ipRoute('eth0'),
    'timedatectl show -p NTPSynchronized --value': 'yes\n',
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

test('a director as it should be is well, and known by its table', async () => {
  const { role, because, verdict, exitCode, bad, warnings } = await doctor()
  expect({ role, because, verdict, exitCode, bad, warnings }).toEqual({
    role: 'director',
    because: 'its IPVS table has virtual services',
    ...{ verdict: 'ok', exitCode: 0, bad: [], warnings: [] },
  })
})

test.each([
  [
    'without IPVS',
    { files: { '/proc/net/ip_vs': undefined } },
    'modules there is no /proc/net/ip_vs: IPVS is not in this kernel | modprobe ip_vs',
  ],
  [
    'without its scheduler',
    { files: { '/proc/modules': '' }, programs: { 'modprobe -n -q ip_vs_wlc': 1 } },
    'modules scheduler wlc: modprobe knows no ip_vs_wlc | modprobe ip_vs_wlc',
  ],
  [
    'without the right to the table',
    { files: { '/proc/self/status': 'CapEff:\t0000000000000000\n' } },
    'rights no CAP_NET_ADMIN (capabilities 0000000000000000 in /proc/self/status): ' +
      'the table cannot be read or written | sudo lvsctl doctor',
  ],
  [
    'with a setting that is not as asked for',
    { files: sysctlFiles({ 'net.ipv4.vs.expire_nodest_conn': 0 }) },
    'sysctls net.ipv4.vs.expire_nodest_conn is 0; the cluster file asks for 1 | ' +
      'sysctl -w net.ipv4.vs.expire_nodest_conn=1',
  ],
  [
    'whose real server is behind a gateway',
    { programs: { 'ip -j route get 10.0.0.12': ipRoute('eth0', '10.0.0.254') } },
    'route web2 (10.0.0.12) is behind the gateway 10.0.0.254, and direct routing (web) reaches ' +
      'machines of our own network only; say forwarding: tunnel',
  ],
  [
    'whose real server answers for the VIP',
    {
      arp: { 'eth0 192.0.2.10': ['02:00:00:00:00:11'] },
      programs: {
        'ip neigh show dev eth0':
          '10.0.0.12 lladdr 02:00:00:00:00:12 STALE\n10.0.0.11 lladdr 02:00:00:00:00:11 REACHABLE\n',
      },
    },
    "arp web1 (02:00:00:00:00:11) answers who-has 192.0.2.10 on eth0: clients' packets go there, " +
      'past this director (right only if that is the director that serves now) | ' +
      'lvsctl render realserver web1   # and run it there',
  ],
  [
    'beside ldirectord',
    { folders: { '/proc': ['1', '77', 'sys'] }, files: { '/proc/77/comm': 'ldirectord\n' } },
    'rivals ldirectord runs (process 77) and writes the same table | ' +
      'systemctl disable --now ldirectord',
  ],
] as const)('a director %s is not well', async (_what, parts, finding) => {
  const { bad, exitCode } = await doctor(parts as FakeSystemParts, CLUSTER, '--role', 'director')
  expect(bad).toEqual([finding])
  expect(exitCode).toBe(1)
})

test('a masqueraded cluster needs forwarding, and no redirects towards its own clients', async () => {
  const cluster = CLUSTER.replace('direct-route', 'masquerade')
  const off = await doctor(
    {
      files: sysctlFiles({ 'net.ipv4.ip_forward': 0, 'net.ipv4.conf.all.send_redirects': 1 }),
      programs: { 'ip -j route get 198.51.100.1': ipRoute('eth0', '10.0.0.254') },
    },
    cluster,
  )
  expect(off.bad).toEqual([
    'ip_forward net.ipv4.ip_forward is 0: replies of masqueraded real servers are dropped | ' +
      'sysctl -w net.ipv4.ip_forward=1',
  ])
  expect(off.warnings).toEqual([expect.stringMatching(/^redirects .*send_redirects=0$/)])
  const on = await doctor({ files: sysctlFiles({ 'net.ipv4.ip_forward': 1 }) }, cluster)
  expect([...on.bad, ...on.warnings]).toEqual([])
})

test('a standby without the VIP, and an IPv6 VIP that would be a source, are warnings', async () => {
  const cluster = CLUSTER.replace('192.0.2.10:80/tcp', "'[2001:db8::10]:80/tcp'").replaceAll(
    '10.0.0.1',
    '2001:db8::1',
  )
  const route = ipRoute('eth0')
  const routes = {
    'ip -j route get 2001:db8::11': route,
    'ip -j route get 2001:db8::12': route,
  }
  const addresses = (...lines: readonly string[]) => ({ 'ip -j addr': ipAddr(...lines), ...routes })
  const standby = await doctor({ programs: addresses('eth0 2001:db8::1/64') }, cluster)
  expect(standby.warnings).toEqual([expect.stringContaining('vip 2001:db8::10 is not on this')])
  const source = await doctor(
    { programs: addresses('eth0 2001:db8::1/64', 'eth0 2001:db8::10/128') },
    cluster,
  )
  expect(source.warnings).toEqual([
    expect.stringMatching(/^vip .*ip -6 addr change 2001:db8::10\/128 dev eth0 preferred_lft 0$/),
  ])
  const right = await doctor(
    { programs: addresses('eth0 2001:db8::1/64', 'eth0 2001:db8::10/128 deprecated') },
    cluster,
  )
  expect(right.warnings).toEqual([])
})

test('tunnels over a plain Ethernet are told of their size', async () => {
  const cluster = CLUSTER.replace('direct-route', 'tunnel')
  const { warnings, bad } = await doctor({}, cluster)
  expect(bad).toEqual([])
  expect(warnings[0]).toMatch(
    /^mtu eth0 to web1 has MTU 1500: .* need 1520.* \| ip link set eth0 mtu 1520$/,
  )
})

test('settings that bite are warnings where the cluster file does not speak of them', async () => {
  const cluster = CLUSTER.replace(/sysctls.*\n/, '').replace(
    'realServers: { web1: , web2: }',
    'onFailure: remove\n    realServers: { web1: , web2: }',
  )
  const { warnings } = await doctor(
    {
      files: sysctlFiles({ 'net.ipv4.vs.expire_nodest_conn': 0, 'net.ipv4.vs.conn_reuse_mode': 0 }),
    },
    cluster,
  )
  expect(warnings).toEqual([
    'sysctls net.ipv4.vs.expire_nodest_conn is 0: clients of a removed real server wait for ' +
      'minutes (web) | sysctl -w net.ipv4.vs.expire_nodest_conn=1',
    'sysctls net.ipv4.vs.conn_reuse_mode is 0: a busy client keeps a real server at weight 0 ' +
      'alive (web) | sysctl -w net.ipv4.vs.conn_reuse_mode=1',
  ])
})

test('NATS must answer, be NATS, and have JetStream', async () => {
  const servers = {
    '10.0.0.5:4222': 'INFO {"version":"2.9.10","jetstream":true}',
    '10.0.0.6:4222': 'INFO {"version":"2.9.10"}',
    '10.0.0.7:22': 'SSH-2.0-OpenSSH_9.2',
  }
  const urls = 'nats://10.0.0.5:4222,10.0.0.6,tls://10.0.0.7:22,10.0.0.8'
  const { bad } = await doctor({ servers }, CLUSTER, '--nats', urls)
  expect(bad.map((text) => text.split(' | ')[0])).toEqual([
    'nats 10.0.0.6: nats-server 2.9.10 without JetStream',
    'nats tls://10.0.0.7:22: this is no NATS server: SSH-2.0-OpenSSH_9.2',
    'nats 10.0.0.8: connection refused',
  ])
})

test('a clock that nobody holds is a warning, and one of which nothing is known is skipped', async () => {
  const { warnings } = await doctor({
    programs: { 'timedatectl show -p NTPSynchronized --value': 'no\n' },
  })
  expect(warnings).toEqual(['clock timedatectl: NTPSynchronized=no | timedatectl set-ntp true'])
  const chrony = await doctor({
    programs: { 'chronyc -n tracking': 'Leap status     : Not synchronised\n' },
  })
  expect(chrony.warnings).toEqual([
    'clock chronyc tracking: leap status Not synchronised | systemctl restart chrony',
  ])
})

test('a container whose /proc/sys is read-only says that its host has to be asked', async () => {
  const files = {
    ...sysctlFiles({ 'net.ipv4.vs.expire_nodest_conn': 0 }),
    '/proc/self/mounts': 'proc /proc proc rw,nosuid 0 0\nproc /proc/sys proc ro,nosuid 0 0\n',
  }
  const { bad, warnings } = await doctor({ files })
  expect(bad).toHaveLength(1)
  expect(warnings).toContainEqual(
    expect.stringMatching(/^sysctls \/proc\/sys is read-only .* host/),
  )
  const rw = files['/proc/self/mounts'].replace('ro,', 'rw,')
  expect((await doctor({ files: { ...files, '/proc/self/mounts': rw } })).warnings).toEqual([])
})

test('a module is wanted for each persistence engine', async () => {
  const cluster = CLUSTER.replace(
    '192.0.2.10:80/tcp',
    '192.0.2.10:5060/udp\n    persistence: { timeout: 5m, engine: sip }\n    onFailure: remove',
  )
  const { bad } = await doctor({ programs: { 'modprobe -n -q ip_vs_pe_sip': 1 } }, cluster)
  expect(bad).toEqual([
    'modules persistence engine sip: modprobe knows no ip_vs_pe_sip | modprobe ip_vs_pe_sip',
  ])
})

test('a persistent service needs templates that expire for its drains, whatever failures do', async () => {
  const setting = 'net.ipv4.vs.expire_quiescent_template'
  const persistent = CLUSTER.replace('80/tcp\n', '80/tcp\n    persistence: 5m\n')
  for (const cluster of [persistent, persistent.replace('5m\n', '5m\n    onFailure: remove\n')]) {
    expect((await doctor({ files: sysctlFiles({ [setting]: 0 }) }, cluster)).warnings).toEqual([
      `sysctls ${setting} is 0: persistent clients stay with a quiesced one (web) | ` +
        `sysctl -w ${setting}=1`,
    ])
    expect((await doctor({ files: sysctlFiles({ [setting]: 1 }) }, cluster)).warnings).toEqual([])
  }
})

test('a strict filter on the device of a VIP needs the way to clients there', async () => {
  const strict = sysctlFiles({ 'net.ipv4.conf.eth0.rp_filter': 1 })
  const to = (device: string) => ({ 'ip -j route get 198.51.100.1': ipRoute(device, '10.0.0.254') })
  expect((await doctor({ files: strict, programs: to('eth1') })).warnings).toEqual([
    'rp_filter rp_filter 1 on eth0, which has a VIP, but the way is eth1 for clients of other ' +
      'networks: what they send by eth0 is dropped; want 2 | ' +
      'sysctl -w net.ipv4.conf.eth0.rp_filter=2',
  ])
  expect((await doctor({ files: strict, programs: to('eth0') })).warnings).toEqual([])
  const loose = sysctlFiles({
    'net.ipv4.conf.all.rp_filter': 1,
    'net.ipv4.conf.eth0.rp_filter': 2,
  })
  expect((await doctor({ files: loose, programs: to('eth1') })).warnings).toEqual([])
})

test.each([
  ['4.19.0-27-amd64', 1, 1],
  ['5.8.18', 1, 1],
  ['5.9.0', 1, 0],
  ['6.1.0-44-amd64', 1, 0],
  ['5.4.0', 0, 0],
])('Linux %s with conntrack %i has %i warnings of its age', async (release, conntrack, many) => {
  const files = {
    ...sysctlFiles({ 'net.ipv4.vs.conntrack': conntrack }),
    '/proc/sys/kernel/osrelease': `${release}\n`,
  }
  const { warnings, good } = await doctor({ files })
  expect(warnings.filter((text) => text.startsWith(`kernel Linux ${release}, older`))).toHaveLength(
    many,
  )
  expect(good.includes(`kernel Linux ${release}`)).toBe(many === 0)
})

test('the sync daemon of a backup has an id, and does not send on what it is sent', async () => {
  const daemons = (...lines: readonly string[]) => ({
    'ipvsadm -L --daemon': lines.map((line) => `${line}\n`).join(''),
  })
  const backup = 'backup sync daemon (mcast=eth1, syncid=3, maxlen=1472)'
  const master = 'master sync daemon (mcast=eth1, syncid=3, maxlen=1472)'
  const only = (value: number) => sysctlFiles({ 'net.ipv4.vs.backup_only': value })
  const open = await doctor({ programs: daemons(backup.replace('=3', '=0')) })
  expect(open.warnings).toEqual([
    'sync the backup on eth1 has syncid 0, and takes what any cluster there tells | ' +
      'ipvsadm --stop-daemon backup && ' +
      'ipvsadm --start-daemon backup --mcast-interface eth1 --syncid 1',
  ])
  const deaf = await doctor({ programs: daemons(master, backup), files: only(1) })
  expect(deaf.bad).toEqual([
    'sync net.ipv4.vs.backup_only is 1, and a backup runs beside the master: this director ' +
      'forwards nothing at all | sysctl -w net.ipv4.vs.backup_only=0',
  ])
  const both = { ...daemons(backup), 'ip -j addr': ipAddr('eth0 10.0.0.11/24', 'lo 192.0.2.10/32') }
  const circle = await doctor({ programs: both, files: only(0) }, CLUSTER, '--role', 'director')
  expect(circle.bad).toEqual([
    'sync net.ipv4.vs.backup_only is 0 on a backup that is a real server, too: it sends on what ' +
      'the director sends it, and packets go round in circles | ' +
      'sysctl -w net.ipv4.vs.backup_only=1',
  ])
  for (const parts of [
    { programs: daemons(master, backup), files: only(0) },
    { programs: daemons(backup), files: only(0) },
    { programs: both, files: only(1) },
  ]) {
    const { bad, good } = await doctor(parts, CLUSTER, '--role', 'director')
    expect(bad).toEqual([])
    expect(good).toContainEqual(expect.stringMatching(/^sync .*backup on eth1, syncid 3$/))
  }
})
