import { expect, test } from 'vitest'
import { runCli } from '../../../services/cli/program.ts'
import { createFakeIo } from '../../acceptance/lvsctl-support.ts'

const CLUSTER = `cluster: shop
sysctls: { expire_nodest_conn: 1 }
realServers: { web1: 10.0.0.11, web2: 10.0.0.12, web3: 10.0.0.13, web4: 10.0.0.14 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    realServers:
      web1: { forwarding: direct-route }
      web2: { forwarding: tunnel }
      web3: { forwarding: masquerade }
      web4: { forwarding: tunnel, tunnel: { type: gue, port: 6080 } }
  six:
    address: '[2001:db8::10]:80/tcp'
    scheduler: rr
    forwarding: tunnel
    realServers: { web2: }
`

async function render(command: string, cluster = CLUSTER): Promise<string> {
  const io = createFakeIo({ files: { 'shop.yaml': cluster } })
  const argv = ['render', ...command.split(' '), '--cluster', 'shop.yaml']
  const exitCode = await runCli(argv, io)
  return exitCode === 0 ? io.written.out : `${exitCode}: ${io.written.err}`
}

test('a real server for direct routing is silent before it has the VIP', async () => {
  expect(await render('realserver web1')).toBe(`#!/bin/sh
# real server web1 of cluster shop
#   web: 192.0.2.10:80/tcp, direct-route
set -eu
sysctl -qw net.ipv4.conf.all.arp_ignore=1
sysctl -qw net.ipv4.conf.all.arp_announce=2
ip addr replace 192.0.2.10/32 dev lo
`)
})

test('a real server at the end of tunnels has a device for each way', async () => {
  expect(await render('realserver web2')).toBe(`#!/bin/sh
# real server web2 of cluster shop
#   web: 192.0.2.10:80/tcp, tunnel
#   six: [2001:db8::10]:80/tcp, tunnel
set -eu
modprobe ipip
modprobe sit
sysctl -qw net.ipv4.conf.all.arp_ignore=1
sysctl -qw net.ipv4.conf.all.arp_announce=2
ip link set tunl0 up
ip link set sit0 up
sysctl -qw net.ipv4.conf.tunl0.rp_filter=2
ip addr replace 192.0.2.10/32 dev tunl0
ip addr replace 2001:db8::10/128 dev sit0 nodad
`)
})

test('GUE is listened for', async () => {
  expect(await render('realserver web4')).toContain(
    "ip fou show | grep -q 'port 6080 ' || ip fou add port 6080 gue\nip link set tunl0 up\n",
  )
})

test('a masqueraded real server needs to be told its director', async () => {
  expect(await render('realserver web3')).toBe(
    '2: lvsctl: web3 is masqueraded, so its default gateway is the director: ' +
      'say --director ADDRESS, of IPv4\n',
  )
  expect(await render('realserver web3 --director 10.0.0.1')).toContain(
    'ip -4 route replace default via 10.0.0.1\n',
  )
})

test('a director has modules, settings and VIPs', async () => {
  expect(await render('director --interface eth1')).toBe(`#!/bin/sh
# a director of cluster shop
#   web: 192.0.2.10:80/tcp
#   six: [2001:db8::10]:80/tcp
set -eu
modprobe ip_vs
modprobe ip_vs_wlc
modprobe ip_vs_rr
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv4.conf.all.send_redirects=0
sysctl -qw net.ipv4.conf.eth1.send_redirects=0
sysctl -qw net.ipv4.vs.expire_nodest_conn=1
ip addr replace 192.0.2.10/32 dev eth1
ip addr replace 2001:db8::10/128 dev eth1 nodad preferred_lft 0
`)
})

test('systemd-networkd gets files, each under its name', async () => {
  expect(await render('realserver web4 --format systemd-networkd')).toBe(`\
# real server web4 of cluster shop
#   web: 192.0.2.10:80/tcp, tunnel

# /etc/modules-load.d/lvs.conf
ipip
fou

# /etc/sysctl.d/60-lvs.conf
net.ipv4.conf.all.arp_ignore = 1
net.ipv4.conf.all.arp_announce = 2
net.ipv4.conf.tunl0.rp_filter = 2

# /etc/systemd/network/60-lvs-gue-6080.netdev
[NetDev]
Name=gue6080
Kind=fou
[FooOverUDP]
Encapsulation=GenericUDPEncapsulation
Port=6080

# /etc/systemd/network/60-lvs-tunl0.network
[Match]
Name=tunl0
[Network]
LinkLocalAddressing=no
[Address]
Address=192.0.2.10/32
# then: systemctl restart systemd-modules-load systemd-sysctl && networkctl reload
`)
})

test('ifupdown gets stanzas', async () => {
  expect(await render('realserver web1 --format ifupdown')).toBe(`\
# /etc/network/interfaces.d/lvs
# real server web1 of cluster shop
#   web: 192.0.2.10:80/tcp, direct-route

iface lo inet loopback
    pre-up sysctl -qw net.ipv4.conf.all.arp_ignore=1
    pre-up sysctl -qw net.ipv4.conf.all.arp_announce=2
    up ip addr replace 192.0.2.10/32 dev lo
    down ip addr del 192.0.2.10/32 dev lo || true
`)
  expect(
    await render('realserver web3 --format ifupdown --director 10.0.0.1 --interface eth1'),
  ).toContain('iface eth1 inet manual\n    up ip -4 route replace default via 10.0.0.1\n')
})

test('settings of a service behind a firewall mark find a stanza, too', async () => {
  const cluster = CLUSTER.replace('192.0.2.10:80/tcp', 'fwmark:7').replace(
    ', tunnel: { type: gue, port: 6080 }',
    '',
  )
  expect(await render('realserver web1 --format ifupdown', cluster)).toBe(`\
# /etc/network/interfaces.d/lvs
# real server web1 of cluster shop
#   web: fwmark:7, direct-route
#   web: add the addresses behind the mark to lo, too

iface eth0 inet manual
    pre-up sysctl -qw net.ipv4.conf.all.arp_ignore=1
    pre-up sysctl -qw net.ipv4.conf.all.arp_announce=2
`)
})

test('an unknown real server is refused with the nearest name', async () => {
  expect(await render('realserver wbe1')).toBe(
    '2: lvsctl: no service of shop has a real server wbe1; did you mean "web1"?\n',
  )
})
