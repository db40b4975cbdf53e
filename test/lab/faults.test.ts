import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, startClient } from './harness/client.ts'
import { eventually } from './harness/eventually.ts'
import { rowsOf } from './harness/ipvs.ts'
import { createLab, type Lab } from './harness/lab.ts'
import { createMonitor, type LabMonitor } from './harness/monitor.ts'
import { type RealServer, startRealServer } from './harness/real-server.ts'
import { describeLab } from './harness/requirements.ts'
import { addVip, directRoutingRealServer } from './harness/roles.ts'

const VIP = '10.77.0.200'
const ADDRESSES = { web1: '10.77.0.11', web2: '10.77.0.12', web3: '10.77.0.13' }
const NAMES = Object.fromEntries(Object.entries(ADDRESSES).map(([name, ip]) => [ip, name]))
const ALL = ['web1=100', 'web2=100', 'web3=100']
/** Detection takes about a second; this is for a machine that is busy with other things. */
const DETECTION_MS = 20_000

const CLUSTER = `cluster: lab
defaults:
  scheduler: rr
  forwarding: direct-route
  check: { type: http, interval: 500ms, fastInterval: 200ms, timeout: 400ms, rise: 2, fall: 2 }
realServers: { web1: ${ADDRESSES.web1}, web2: ${ADDRESSES.web2}, web3: ${ADDRESSES.web3} }
virtualServices:
  quiescing:
    address: ${VIP}:80/tcp
    onFailure: quiesce
    realServers: { web1: , web2: , web3: }
  removing:
    address: ${VIP}:8080/tcp
    onFailure: remove
    realServers: { web1: , web2: , web3: }
`

describeLab('a real server that fails', () => {
  let lab: Lab
  let monitor: LabMonitor
  let web2: RealServer
  let clients: Client[] = []

  const quiescing = () => rowsOf(lab, 'lb1', `-t ${VIP}:80`, NAMES)
  const removing = () => rowsOf(lab, 'lb1', `-t ${VIP}:8080`, NAMES)

  async function tableIs(quiesced: readonly string[], removed: readonly string[]): Promise<void> {
    const want = JSON.stringify([quiesced, removed])
    await eventually(
      `the kernel has ${want}`,
      async () => JSON.stringify([await quiescing(), await removing()]) === want,
      DETECTION_MS,
    )
  }

  beforeAll(async () => {
    lab = await createLab()
    await lab.host('client', 100)
    for (const [index, name] of Object.keys(ADDRESSES).entries()) {
      await lab.host(name, 11 + index)
      await directRoutingRealServer(lab, name, VIP)
    }
    await lab.director('lb1', 1)
    await addVip(lab, 'lb1', VIP)
    const servers = Object.keys(ADDRESSES).map((name) => startRealServer(lab, name, [80, 8080]))
    const [, second] = await Promise.all(servers)
    if (second === undefined) throw new Error('no second server')
    web2 = second
    monitor = createMonitor(lab, 'lb1')
    monitor.write(CLUSTER)
    await monitor.start()
  })

  afterAll(() => lab?.close())

  beforeEach(async () => {
    await tableIs(ALL, ALL)
    clients = [80, 8080].map((port) => startClient(lab, 'client', `http://${VIP}:${port}/`))
    await eventually('the clients are served', () =>
      clients.every((client) => client.requests().length >= 6),
    )
  })

  afterEach(async () => {
    for (const client of clients) await client.stop()
  })

  const faults = {
    'has its process killed': {
      strike: () => web2.signal('SIGKILL'),
      mend: () => web2.start(),
    },
    'has its cable cut': {
      strike: () => lab.cut('web2'),
      mend: () => lab.heal('web2'),
    },
    'answers 500': {
      strike: () => web2.set('500'),
      mend: () => web2.set('well'),
    },
    'takes requests and never answers': {
      strike: () => web2.set('hang'),
      mend: () => web2.set('well'),
    },
    'has its process stopped': {
      strike: () => web2.signal('SIGSTOP'),
      mend: () => web2.signal('SIGCONT'),
    },
  }

  test.for(Object.entries(faults))('and %s', async ([, { strike, mend }], { annotate }) => {
    const struckAt = Date.now()
    await strike()
    await tableIs(['web1=100', 'web2=0', 'web3=100'], ['web1=100', 'web3=100'])
    const outAt = Date.now()
    const servedWithout = () => clients.every((client) => client.since(outAt).length >= 10)
    await eventually('the clients go on without it', servedWithout)
    const without = clients.flatMap((client) => client.since(outAt))
    expect(without.filter(({ body }) => body?.startsWith('web2') === true)).toEqual([])

    await mend()
    await tableIs(ALL, ALL)
    const backAt = Date.now()
    const answersAgain = (client: Client) =>
      client.since(backAt).some(({ body }) => body?.startsWith('web2') === true)
    await eventually('it serves again', () => clients.every(answersAgain))

    for (const client of clients) await client.stop()
    const failures = clients.flatMap((client) => client.failures())
    const outside = failures.filter(
      ({ startedAt, endedAt }) => endedAt < struckAt || startedAt > outAt,
    )
    expect(outside).toEqual([])
    const asked = clients.flatMap((client) => client.requests()).length
    await annotate(
      `out of the kernel after ${outAt - struckAt} ms; ` +
        `${failures.length} of ${asked} requests failed, all within that time`,
    )
  })
})
