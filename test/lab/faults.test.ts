import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, startClient } from './harness/client.ts'
import { eventually } from './harness/eventually.ts'
import { describeLab } from './harness/requirements.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const QUIESCING = 80
const REMOVING = 8080
const ALL = ['web1=100', 'web2=100', 'web3=100']

const CLUSTER = `cluster: lab
defaults:
  scheduler: rr
  forwarding: direct-route
  check: { type: http, interval: 2s, fastInterval: 200ms, timeout: 1500ms, rise: 2, fall: 2 }
realServers: ${REAL_SERVERS}
virtualServices:
  quiescing:
    address: ${VIP}:${QUIESCING}/tcp
    onFailure: quiesce
    realServers: { web1: , web2: , web3: }
  removing:
    address: ${VIP}:${REMOVING}/tcp
    onFailure: remove
    realServers: { web1: , web2: , web3: }
`

describeLab('a real server that fails', () => {
  let cluster: WebCluster
  let clients: Client[] = []

  beforeAll(async () => {
    cluster = await createWebCluster(3, [QUIESCING, REMOVING])
    cluster.monitor.write(CLUSTER)
    await cluster.monitor.start()
  })

  afterAll(() => cluster?.close())

  async function tableIs(quiesced: readonly string[], removed: readonly string[]): Promise<void> {
    await cluster.rowsBecome(QUIESCING, quiesced)
    await cluster.rowsBecome(REMOVING, removed)
  }

  beforeEach(async () => {
    await tableIs(ALL, ALL)
    clients = [QUIESCING, REMOVING].map((port) =>
      startClient(cluster.lab, 'client', `http://${VIP}:${port}/`),
    )
    await eventually('the clients are served', () =>
      clients.every((client) => client.requests().length >= 6),
    )
  })

  afterEach(() => stopClients())

  async function stopClients(): Promise<void> {
    for (const client of clients) await client.stop()
  }

  interface Fault {
    strike(): Promise<void> | void
    mend(): Promise<void> | void
  }

  const web2 = () => cluster.server('web2')
  const faults: Readonly<Record<string, Fault>> = {
    'has its process killed': {
      strike: () => web2().signal('SIGKILL'),
      mend: () => web2().start(),
    },
    'has its cable cut': {
      strike: () => cluster.lab.cut('web2'),
      mend: () => cluster.lab.heal('web2'),
    },
    'answers 500': {
      strike: () => web2().set('500'),
      mend: () => web2().set('well'),
    },
    'takes requests and never answers': {
      strike: () => web2().set('hang'),
      mend: () => web2().set('well'),
    },
    'has its process stopped': {
      strike: () => web2().signal('SIGSTOP'),
      mend: () => web2().signal('SIGCONT'),
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

    await stopClients()
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
