import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RealServerStatus } from '../../services/shared/wire/status.ts'
import { startClient } from './harness/client.ts'
import { startDownload } from './harness/download.ts'
import { eventually } from './harness/eventually.ts'
import { rowsOf } from './harness/ipvs.ts'
import { LVSCTL } from './harness/monitor.ts'
import { describeLab } from './harness/requirements.ts'
import { startUdpClient, startUdpServer } from './harness/udp.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const SERVERS = ['web1', 'web2', 'web3']
const PORTS = { web: 80, shop: 81, hash: 82, spare: 84 }
const UDP_PORT = 83
const ALL = ['web1=100', 'web2=100', 'web3=100']
const WINDOW_MS = 60_000

/** Templates of `shop` bring clients back to weight 0, unless the kernel expires them. */
function clusterFile(expireTemplates: 0 | 1): string {
  const common = `forwarding: direct-route
    realServers: { web1: , web2: , web3: }`
  return `cluster: lab
realServers: ${REAL_SERVERS}
sysctls: { expire_nodest_conn: 1, expire_quiescent_template: ${expireTemplates} }
defaults: { check: { interval: 2s, fastInterval: 300ms, timeout: 1500ms, rise: 2, fall: 2 } }
virtualServices:
  web:
    address: ${VIP}:80/tcp
    scheduler: rr
    ${common}
  shop:
    address: ${VIP}:81/tcp
    scheduler: rr
    persistence: { timeout: 6s }
    ${common}
  hash:
    address: ${VIP}:82/tcp
    scheduler: sh
    ${common}
  datagrams:
    address: ${VIP}:${UDP_PORT}/udp
    scheduler: rr
    check: none
    ${common}
  spare:
    address: ${VIP}:84/tcp
    scheduler: rr
    ${common}
`
}

describeLab('drains and windows on a kernel', () => {
  let cluster: WebCluster
  let opensAt: number

  beforeAll(async () => {
    cluster = await createWebCluster(SERVERS.length, Object.values(PORTS))
    const { lab, monitor } = cluster
    // A drain waits for closed connections and for UDP's, too: two and three seconds.
    await lab.must('lb1', ['ipvsadm', '--set', '900', '2', '3'])
    await Promise.all(SERVERS.map((name) => startUdpServer(lab, name, VIP, UDP_PORT)))
    monitor.write(clusterFile(0))
    await monitor.start()
    await monitor.allSeen('up')
  })

  afterAll(() => cluster?.close())

  async function stateOf(service: string, name: string): Promise<RealServerStatus> {
    const { services } = await cluster.monitor.status()
    const found = services
      .find((each) => each.name === service)
      ?.realServers.find((server) => server.name === name)
    if (found === undefined) throw new Error(`no ${service}/${name} in the status`)
    return found
  }

  const without = (name: string) => ALL.filter((row) => !row.startsWith(name))
  const quiesced = (name: string) => ALL.map((row) => (row.startsWith(name) ? `${name}=0` : row))

  async function enable(target: string, port: number): Promise<void> {
    expect((await cluster.monitor.ctl('enable', target)).status).toBe(0)
    await cluster.rowsBecome(port, ALL)
  }

  async function servedBy(client: ReturnType<typeof startClient>): Promise<string> {
    const body = await eventually('it is served', () => client.requests()[0]?.body)
    return /^web\d/.exec(body ?? '')?.[0] ?? ''
  }

  /** Takes web3 out of `spare` for a minute. */
  async function addWindow(name: string, at: number): Promise<void> {
    opensAt = at
    const what = { name, act: 'maintenance', reason: '', forMs: WINDOW_MS }
    const targets = [{ service: 'spare', server: 'web3' }]
    const window = { ...what, start: { type: 'once', at }, targets }
    await cluster.monitor.order('windows', { window, owner: 'anna' })
  }

  test('drain and keep-alive client survive kill -9, and a window that opens then', async () => {
    const { lab, monitor } = cluster
    const client = startClient(lab, 'client', `http://${VIP}/`, 'keep')
    const name = await servedBy(client)
    const order = await monitor.ctl('drain', `web/${name}`, '--no-wait', '--reason', 'kernel')
    expect(order.status).toBe(0)
    await cluster.rowsBecome(80, quiesced(name))
    await eventually('it is waited for', async () => {
      const { drain } = await stateOf('web', name)
      return drain?.phase === 'connections' && drain.directors[0]?.connections?.active === 1
    })

    // Time enough to end the monitor before the window opens, on a busy machine, too.
    const askedAt = Date.now()
    await monitor.status()
    await addWindow('disks', Date.now() + 2000 + 5 * (Date.now() - askedAt))
    await monitor.end('SIGKILL')
    await eventually('the window has opened meanwhile', () => Date.now() > opensAt + 500, WINDOW_MS)
    expect(await cluster.rows(84)).toEqual(ALL)
    await monitor.start()
    await cluster.rowsBecome(84, quiesced('web3'))
    expect(await stateOf('spare', 'web3')).toMatchObject({
      admin: 'maintenance',
      outage: { owner: 'window disks', until: new Date(opensAt + WINDOW_MS).toISOString() },
    })
    await eventually('the drain goes on', async () => {
      const { outage, drain } = await stateOf('web', name)
      return outage?.reason === 'kernel' && drain?.phase === 'connections'
    })
    expect(await cluster.rows(80)).toEqual(quiesced(name))
    const asked = client.requests().length
    await eventually('it is served still', () => client.requests().length > asked + 3)
    expect(client.failures()).toEqual([])
    expect(new Set(client.requests().map(({ port }) => port)).size).toBe(1)

    await client.stop()
    await cluster.rowsBecome(80, without(name))
    const ended = (await monitor.events()).filter(({ type }) => type === 'drained')
    expect(ended.at(-1)?.message).toBe(`web/${name}: drained: its last connection has ended`)
    await enable(`web/${name}`, 80)
  })

  test('the deadline cuts what is left, and says so', async () => {
    const { lab, monitor } = cluster
    const download = startDownload(lab, 'client', `http://${VIP}/download`)
    await eventually('the download has begun', () => download.server())
    const name = download.server() ?? ''
    const cut = ['--deadline', '3s', '--at-deadline', 'cut']
    const drain = monitor.ctlStart('drain', `web/${name}`, ...cut)
    const { status, stdout, stderr } = await drain.ended
    expect(stderr).toBe('')
    await expect(download.complete()).rejects.toThrow('the download ended with 56')
    expect(stdout).toContain(`web/${name} is out of service, 1 connection was cut off`)
    expect(status).toBe(0)
    expect(await cluster.rows(80)).toEqual(without(name))
    await enable(`web/${name}`, 80)
  })

  test('a persistent client comes back to weight 0 until its template has expired', async () => {
    const { lab, monitor } = cluster
    const client = startClient(lab, 'client', `http://${VIP}:81/`)
    const name = await servedBy(client)
    const drain = monitor.ctlStart('drain', `shop/${name}`)
    await cluster.rowsBecome(81, quiesced(name))
    const drainedAt = Date.now()
    await eventually('it comes back', () => client.since(drainedAt).length >= 10)
    const others = client.since(drainedAt).filter(({ body }) => !body?.startsWith(name))
    expect(others).toEqual([])
    expect(await cluster.rows(81)).toEqual(quiesced(name))
    await client.stop()
    const waits = /waits for \d persistence template/
    await eventually('only templates are left', () => waits.test(drain.output()), 60_000)
    expect((await drain.ended).status).toBe(0)
    expect(drain.output()).toContain('persistent clients keep coming back to weight 0')
    expect(await cluster.rows(81)).toEqual(without(name))
    await enable(`shop/${name}`, 81)
    expect(client.failures()).toEqual([])
  })

  test('with expire_quiescent_template it goes elsewhere at once', async () => {
    const { lab, monitor } = cluster
    monitor.write(clusterFile(1))
    expect((await monitor.ctl('reload')).status).toBe(0)
    await eventually('the kernel has it', async () => {
      const [director] = (await monitor.status()).directors
      return director?.sysctls['expire_quiescent_template'] === 1
    })
    const client = startClient(lab, 'client', `http://${VIP}:81/`)
    const name = await servedBy(client)
    expect((await monitor.ctl('drain', `shop/${name}`)).status).toBe(0)
    await eventually('others serve it', () => {
      const last = client.requests().slice(-5)
      return last.length === 5 && last.every(({ body }) => body && !body.startsWith(name))
    })
    await client.stop()
    expect(client.failures()).toEqual([])
    await enable(`shop/${name}`, 81)
  })

  test('under sh it is removed at once, and nobody is turned away', async () => {
    const { lab, monitor } = cluster
    const client = startClient(lab, 'client', `http://${VIP}:82/`)
    const name = await servedBy(client)
    const { stdout, status } = await monitor.ctl('drain', `hash/${name}`)
    expect(stdout).toContain('removed at once: sh without its fallback flag')
    expect(status).toBe(0)
    expect(await cluster.rows(82)).toEqual(without(name))
    const drainedAt = Date.now()
    await eventually('others serve it', () => client.since(drainedAt).length >= 10)
    await client.stop()
    expect(client.since(drainedAt).filter(({ body }) => body?.startsWith(name))).toEqual([])
    expect(client.failures()).toEqual([])
    await enable(`hash/${name}`, 82)
  })

  test('a UDP client that goes on sending stays until the deadline, and goes elsewhere', async () => {
    const { lab, monitor } = cluster
    const names = Object.fromEntries(SERVERS.map((name, index) => [`10.77.0.${11 + index}`, name]))
    const client = startUdpClient(lab, 'client', VIP, UDP_PORT)
    await eventually('it is answered', () => client.since(0).length > 0)
    const [name = ''] = client.since(0)
    const late = ['--deadline', '5s', '--at-deadline', 'remove']
    const drain = monitor.ctlStart('drain', `datagrams/${name}`, ...late)
    const { status, stdout } = await drain.ended
    expect(stdout).toContain('udp has no end of a connection')
    expect(status).toBe(0)
    const moves = (await monitor.events())
      .filter(({ type, service }) => type === 'weight' && service === 'datagrams')
      .filter(({ server }) => server === name)
      .slice(-2)
    expect(moves.map(({ to }) => to)).toEqual(['0', 'none'])
    const until = moves[1]?.at ?? 0
    expect(new Set(client.between(0, until))).toEqual(new Set([name]))
    expect(client.between(moves[0]?.at ?? 0, until).length).toBeGreaterThan(5)
    expect(await rowsOf(lab, 'lb1', `-u ${VIP}:${UDP_PORT}`, names)).toEqual(without(name))
    const removedAt = Date.now()
    await eventually('another answers', () => client.since(removedAt).length >= 5)
    expect(client.since(removedAt + 500)).not.toContain(name)
    await client.stop()
    expect((await monitor.ctl('enable', `datagrams/${name}`)).status).toBe(0)
  })

  test('of two operators at once the last word wins, and both are told of', async () => {
    const { lab, monitor } = cluster
    const order = (owner: string, verb: string, ...more: readonly string[]) =>
      lab.run('lb1', [process.execPath, LVSCTL, verb, 'hash/web1', '--reason', owner, ...more], {
        env: { SUDO_USER: owner },
      })
    const answers = await Promise.all([
      order('anna', 'drain', '--no-wait'),
      order('bert', 'maintenance'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([0, 0])
    const { outage } = await stateOf('hash', 'web1')
    const words = (await monitor.events())
      .filter(({ type, service }) => type === 'operator' && service === 'hash')
      .slice(-2)
    expect(words.map(({ by }) => by).sort()).toEqual(['anna', 'bert'])
    const [first, last] = words
    expect(outage?.owner).toBe(last?.by)
    expect(last?.message).toContain(`by ${first?.by} (${first?.by})`)
    const told = answers.find(({ stdout }) => stdout.includes('this replaces'))
    expect(told?.stdout).toContain(`by ${first?.by}: ${first?.by}`)
    await enable('hash/web1', 82)
  })

  test('a window that closes while the monitor is down is closed by the next', async () => {
    const { monitor } = cluster
    // On a busy machine the first one may be over by now.
    if (Date.now() > opensAt + WINDOW_MS / 2) await addWindow('again', Date.now())
    const closesAt = opensAt + WINDOW_MS
    await cluster.rowsBecome(84, quiesced('web3'))
    await monitor.end('SIGKILL')
    await eventually('its time is over', () => Date.now() > closesAt, 2 * WINDOW_MS)
    expect(await cluster.rows(84)).toEqual(quiesced('web3'))
    await monitor.start()
    await cluster.rowsBecome(84, ALL)
  })
})
