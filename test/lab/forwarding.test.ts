import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClient } from './harness/client.ts'
import { eventually } from './harness/eventually.ts'
import { rowsOf, savedRules } from './harness/ipvs.ts'
import { createLab, type Lab, type LabMachine } from './harness/lab.ts'
import { createMonitor, type LabMonitor } from './harness/monitor.ts'
import { type RealServer, startRealServer } from './harness/real-server.ts'
import { describeLab } from './harness/requirements.ts'
import {
  addRoute,
  addVip,
  directRoutingRealServer,
  markTraffic,
  masqueradedRealServer,
  sysctl,
  tunnelRealServer,
} from './harness/roles.ts'

/** On the lab's network, where real servers answer clients themselves. */
const NEAR = '10.77.0.200'
const NEAR_MARKED = '10.77.0.201'
const NEAR_TUNNEL = '10.77.0.202'
const NEAR_6 = '2001:db8:77::200'
/** Behind the director, where answers go back through it. */
const FAR = '192.0.2.10'
const FAR_6 = '2001:db8:2::10'
/** The client's address there; real servers do not see it on their network. */
const FAR_CLIENT = '198.51.100.100'
const FAR_CLIENT_6 = '2001:db8:3::100'

const NAMES = {
  '10.77.0.11': 'web1',
  '10.77.0.12': 'web2',
  '10.77.0.21': 'tun1',
  '[2001:db8:77::b]': 'web1',
  '[2001:db8:77::c]': 'web2',
}

const CLUSTER = `cluster: lab
defaults:
  scheduler: rr
  panicThreshold: 0%
  check: { type: http, interval: 1s, fastInterval: 200ms, timeout: 900ms, rise: 2, fall: 2 }
realServers:
  web1: 10.77.0.11
  web2: 10.77.0.12
  web1v6: 2001:db8:77::b
  web2v6: 2001:db8:77::c
  tun1: 10.77.0.21
virtualServices:
  direct:
    address: ${NEAR}:80/tcp
    forwarding: direct-route
    realServers: { web1: , web2: }
  nat:
    address: ${FAR}:80/tcp
    forwarding: masquerade
    port: 8080
    realServers: { web1: , web2: }
  tunnels:
    address: ${NEAR_TUNNEL}:80/tcp
    forwarding: tunnel
    realServers: { tun1: }
  marked:
    address: fwmark:7
    forwarding: direct-route
    check: { port: 80 }
    realServers: { web1: , web2: }
  direct6:
    address: '[${NEAR_6}]:80/tcp'
    forwarding: direct-route
    realServers: { web1v6: , web2v6: }
  nat6:
    address: '[${FAR_6}]:80/tcp'
    forwarding: masquerade
    port: 8080
    realServers: { web1v6: , web2v6: }
`

interface Case {
  /** The service as ipvsadm writes it. */
  readonly service: string
  readonly url: string
  readonly method: '-g' | '-m' | '-i'
  /** Answers that its clients get in turn. */
  readonly bodies: readonly string[]
}

const CASES: Readonly<Record<string, Case>> = {
  'direct routing': {
    service: `-t ${NEAR}:80`,
    url: `http://${NEAR}/`,
    method: '-g',
    bodies: ['web1:80', 'web2:80'],
  },
  'masquerading to another port': {
    service: `-t ${FAR}:80`,
    url: `http://${FAR}/`,
    method: '-m',
    bodies: ['web1:8080', 'web2:8080'],
  },
  'a firewall mark on one port': {
    service: '-f 7',
    url: `http://${NEAR_MARKED}/`,
    method: '-g',
    bodies: ['web1:80', 'web2:80'],
  },
  'the same mark on another port': {
    service: '-f 7',
    url: `http://${NEAR_MARKED}:8080/`,
    method: '-g',
    bodies: ['web1:8080', 'web2:8080'],
  },
  'direct routing of IPv6': {
    service: `-t [${NEAR_6}]:80`,
    url: `http://[${NEAR_6}]/`,
    method: '-g',
    bodies: ['web1:80', 'web2:80'],
  },
  'masquerading of IPv6 to another port': {
    service: `-t [${FAR_6}]:80`,
    url: `http://[${FAR_6}]/`,
    method: '-m',
    bodies: ['web1:8080', 'web2:8080'],
  },
  'an IP-in-IP tunnel': {
    service: `-t ${NEAR_TUNNEL}:80`,
    url: `http://${NEAR_TUNNEL}/`,
    method: '-i',
    bodies: ['tun1:80'],
  },
}

describeLab('a director with a table of the monitor carries traffic', () => {
  let lab: Lab
  let monitor: LabMonitor
  let web2: RealServer

  beforeAll(async () => {
    lab = await createLab()
    const [director] = await Promise.all([lab.director('lb1', 1), lab.director('tun1', 21)])
    await makeRealServers(lab, director)
    await makeDirector(lab)
    await makeClient(lab, director)
    const ports = [80, 8080]
    const [second] = await Promise.all(
      ['web2', 'web1', 'tun1'].map((name) => startRealServer(lab, name, ports)),
    )
    if (second === undefined) throw new Error('no second server')
    web2 = second
    monitor = createMonitor(lab, 'lb1')
    monitor.write(CLUSTER)
    await monitor.start()
    await monitor.allSeen('up')
  })

  afterAll(() => lab?.close())

  test.for(Object.entries(CASES))('by %s', async ([, { service, url, method, bodies }]) => {
    const rows = (await savedRules(lab, 'lb1')).filter((rule) => rule.startsWith(`-a ${service} `))
    expect(rows).toHaveLength(bodies.length)
    expect(rows.every((row) => row.includes(` ${method} -w 100`))).toBe(true)
    const client = startClient(lab, 'client', url)
    await eventually('ten are answered', () => client.requests().length >= 10, 20_000)
    await client.stop()
    expect(client.failures()).toEqual([])
    const answers = new Set(client.requests().map(({ body }) => body))
    expect([...answers].sort()).toEqual(bodies)
  })

  test('and all of them lose a dead real server and get it back', async () => {
    const shared = [...new Set(Object.values(CASES).map(({ service }) => service))].filter(
      (service) => !service.includes(NEAR_TUNNEL),
    )
    const allAre = (want: readonly string[]) =>
      eventually(
        `every service has ${want.join(' and ')}`,
        async () => {
          const rows = await Promise.all(shared.map((each) => rowsOf(lab, 'lb1', each, NAMES)))
          return rows.every((row) => row.join() === want.join())
        },
        30_000,
      )
    await allAre(['web1=100', 'web2=100'])
    web2.signal('SIGKILL')
    await allAre(['web1=100', 'web2=0'])
    const clients = Object.values(CASES).map(({ url }) => startClient(lab, 'client', url))
    await eventually('all are served', () =>
      clients.every((client) => client.requests().length >= 4),
    )
    for (const client of clients) await client.stop()
    expect(clients.flatMap((client) => client.failures())).toEqual([])
    await web2.start()
    await allAre(['web1=100', 'web2=100'])
  })
})

/** web1 and web2 serve in every way but tunnels, which end in a guest with a kernel of its own. */
async function makeRealServers(lab: Lab, director: LabMachine): Promise<void> {
  for (const [index, name] of ['web1', 'web2'].entries()) {
    await lab.host(name, 11 + index)
    for (const vip of [NEAR, NEAR_MARKED, NEAR_6]) await directRoutingRealServer(lab, name, vip)
    await masqueradedRealServer(lab, name, director)
    // With one cable for both sides the director would show them the short way past it.
    await sysctl(lab, name, 'net/ipv4/conf/all/accept_redirects', 0)
    await sysctl(lab, name, 'net/ipv4/conf/eth0/accept_redirects', 0)
    await sysctl(lab, name, 'net/ipv6/conf/eth0/accept_redirects', 0)
  }
  await tunnelRealServer(lab, 'tun1', NEAR_TUNNEL)
}

async function makeDirector(lab: Lab): Promise<void> {
  for (const vip of [NEAR, NEAR_MARKED, NEAR_TUNNEL, NEAR_6, FAR, FAR_6]) {
    await addVip(lab, 'lb1', vip)
  }
  await addRoute(lab, 'lb1', { to: FAR_CLIENT, via: '10.77.0.100' })
  await addRoute(lab, 'lb1', { to: FAR_CLIENT_6, via: '2001:db8:77::64' })
  await markTraffic(lab, 'lb1', { vip: NEAR_MARKED, protocol: 'tcp', ports: [80, 8080], mark: 7 })
}

async function makeClient(lab: Lab, director: LabMachine): Promise<void> {
  await lab.host('client', 100)
  await addVip(lab, 'client', FAR_CLIENT)
  await addVip(lab, 'client', FAR_CLIENT_6)
  const routes = [
    ['-4', FAR, director.address, FAR_CLIENT],
    ['-6', FAR_6, director.address6, FAR_CLIENT_6],
  ] as const
  for (const [family, to, via, from] of routes) {
    await lab.must('client', ['ip', family, 'route', 'add', to, 'via', via, 'src', from])
  }
}
