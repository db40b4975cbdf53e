import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, startClient } from './harness/client.ts'
import { type Download, startDownload } from './harness/download.ts'
import { eventually } from './harness/eventually.ts'
import {
  connectionCounts,
  establishedConnections,
  forgetClosedConnectionsSoon,
  savedRules,
} from './harness/ipvs.ts'
import { describeLab } from './harness/requirements.ts'
import { type RulesWatch, watchRules } from './harness/rules-watch.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const SERVERS = ['web1', 'web2', 'web3', 'web4']
/** web1 serves, web2 is down, web3 is draining, web4 is drained and so has no row. */
const ROWS = ['web1=100', 'web2=0', 'web3=0']

const CLUSTER = `cluster: lab
realServers: ${REAL_SERVERS}
virtualServices:
  web:
    address: ${VIP}:80/tcp
    scheduler: rr
    forwarding: direct-route
    panicThreshold: 0%
    check: { type: http, interval: 2s, fastInterval: 200ms, timeout: 1500ms, rise: 2, fall: 2 }
    realServers: { web1: , web2: , web3: , web4: }
`
const FOREIGN = '10.77.0.200:9999'

describeLab('a monitor that ends', () => {
  let cluster: WebCluster
  let downloads: readonly Download[]
  /** The downloads' connections in the kernel. */
  let long: readonly string[]
  let client: Client
  let watch: RulesWatch

  beforeAll(async () => {
    cluster = await createWebCluster(SERVERS.length, [80])
    const { lab, monitor } = cluster
    await forgetClosedConnectionsSoon(lab, 'lb1')
    monitor.write(CLUSTER)
    await monitor.start()
    await monitor.allSeen('up')
    downloads = SERVERS.map(() => startDownload(lab, 'client', `http://${VIP}/download`))
    await eventually('each server has a download', () => {
      return (
        downloads
          .map((download) => download.server())
          .sort()
          .join() === SERVERS.join()
      )
    })
    cluster.server('web2').set('500')
    cluster.server('web4').finishDownloads()
    const drained = await monitor.ctl('drain', 'web3', 'web4', '--no-wait', '--reason', 'disks')
    expect(drained.status).toBe(0)
    await cluster.rowsBecome(80, ROWS)
    await eventually('three downloads run', async () => {
      long = await establishedConnections(lab, 'lb1')
      return long.length === 3
    })
    await lab.must('lb1', ['ipvsadm', '-A', '-t', FOREIGN, '-s', 'wlc'])
    client = startClient(lab, 'client', `http://${VIP}/`)
    watch = watchRules(lab, 'lb1')
    await watch.reads(1)
  })

  afterAll(() => cluster?.close())

  /** What must be so whatever happened: one table only, nobody noticed, the downloads go on. */
  async function nothingChanged(): Promise<void> {
    const asked = client.requests().length
    const lines = downloads.map((download) => download.lines())
    await watch.reads(3)
    await eventually('the client is served', () => client.requests().length >= asked + 10)
    expect(client.failures()).toEqual([])
    for (const [index, download] of downloads.entries()) {
      if (download.server() !== 'web4') expect(download.lines()).toBeGreaterThan(lines[index] ?? 0)
    }
    expect(watch.seen()).toHaveLength(1)
    expect(await cluster.rows(80)).toEqual(ROWS)
  }

  test.for(['SIGKILL', 'SIGTERM'] as const)(
    'by %s and is started again changes nothing in the kernel',
    async (signal) => {
      const { lab, monitor } = cluster
      const rules = await savedRules(lab, 'lb1')
      const counts = await connectionCounts(lab, 'lb1', `${VIP}:80`)
      const { status } = await monitor.end(signal)
      expect(status).toBe(signal === 'SIGKILL' ? 137 : 0)
      await nothingChanged()
      await monitor.start()
      await monitor.allSeen('up', 'down')
      await nothingChanged()
      expect(await savedRules(lab, 'lb1')).toEqual(rules)

      const { services } = await monitor.status()
      const states = services[0]?.realServers.map(({ health, admin }) => `${health}, ${admin}`)
      expect(states).toEqual(['up, enabled', 'down, enabled', 'up, draining', 'up, drained'])
      const after = await connectionCounts(lab, 'lb1', `${VIP}:80`)
      expect([...after.keys()]).toEqual([...counts.keys()])
      for (const [address, count] of counts) {
        expect(after.get(address)).toBeGreaterThanOrEqual(count)
      }
      const web1 = '10.77.0.11:80'
      expect(after.get(web1)).toBeGreaterThanOrEqual((counts.get(web1) ?? 0) + 20)
      // The kernel walks a table that clients change meanwhile, so one listing may pass a row over.
      await eventually('the downloads are in the table as before', async () => {
        const now = await establishedConnections(lab, 'lb1')
        return long.every((connection) => now.includes(connection))
      })
    },
  )

  test('and is not there when servers fail and recover sees it when it is back', async () => {
    const { monitor } = cluster
    await monitor.end('SIGKILL')
    watch.stop()
    cluster.server('web2').set('well')
    await monitor.start()
    await cluster.rowsBecome(80, ['web1=100', 'web2=100', 'web3=0'])
    await monitor.end('SIGKILL')
    await client.stop()
    expect(client.failures()).toEqual([])
    cluster.server('web2').set('500')
    await monitor.start()
    await cluster.rowsBecome(80, ROWS)
  })

  test('lets every download come to its end with the right bytes', async () => {
    for (const name of SERVERS) cluster.server(name).finishDownloads()
    await Promise.all(downloads.map((download) => download.complete()))
  })

  test('takes our services with it when told to, and no other', async () => {
    const { lab, monitor } = cluster
    await monitor.end('SIGTERM')
    await monitor.start('--clear-on-exit')
    await monitor.allSeen('up', 'down')
    expect((await monitor.end('SIGTERM')).status).toBe(0)
    expect(await savedRules(lab, 'lb1')).toEqual([`-A -t ${FOREIGN} -s wlc`])
  })
})
