import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from './harness/eventually.ts'
import { savedRules } from './harness/ipvs.ts'
import { DAEMON } from './harness/monitor.ts'
import { describeLab } from './harness/requirements.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const ALL = ['web1=100', 'web2=100', 'web3=100']
const ADAPTERS = ['kernel', 'ipvsadm'] as const

function clusterFile(services: string): string {
  return `cluster: lab
defaults:
  scheduler: rr
  forwarding: direct-route
realServers: ${REAL_SERVERS}
virtualServices:
${services}`
}

const WEB = clusterFile(`
  web:
    address: ${VIP}:80/tcp
    check: { type: http, interval: 2s, fastInterval: 300ms, timeout: 1500ms, rise: 2, fall: 2 }
    realServers: { web1: , web2: , web3: }
`)

/** Without the tripwire nobody would look again for an hour. */
const SELDOM = '{ type: http, interval: 1h, fastInterval: 300ms, timeout: 1500ms, fall: 2'
const WIRED = clusterFile(`
  wired:
    address: ${VIP}:80/tcp
    check: ${SELDOM}, tripwire: true }
    realServers: { web1: , web2: , web3: }
  plain:
    address: ${VIP}:8080/tcp
    check: ${SELDOM} }
    realServers: { web1: , web2: , web3: }
`)

describeLab('a director', () => {
  let cluster: WebCluster
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lvs-warden-lab-'))
    writeFileSync(join(folder, 'cluster.yaml'), WEB)
    cluster = await createWebCluster(3, [80, 8080])
  })

  afterAll(async () => {
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  afterEach(async () => {
    if (cluster.monitor.isRunning) await cluster.monitor.end('SIGKILL')
  })

  test('can be kept by ipvsadm: failure, recovery, repair', async () => {
    const { lab, monitor } = cluster
    monitor.write(WEB)
    await monitor.start('--table', 'ipvsadm')
    await cluster.rowsBecome(80, ALL)
    cluster.server('web2').set('500')
    await cluster.rowsBecome(80, ['web1=100', 'web2=0', 'web3=100'])
    cluster.server('web2').set('well')
    await cluster.rowsBecome(80, ALL)
    await lab.must('lb1', ['ipvsadm', '-d', '-t', `${VIP}:80`, '-r', '10.77.0.11:80'])
    await cluster.rowsBecome(80, ALL)
    await eventually('the repair is reported', async () => {
      return (await monitor.status()).directors[0]?.driftRepaired === 1
    })
    expect((await monitor.status()).directors).toMatchObject([{ table: 'ipvsadm' }])
    expect((await monitor.end('SIGTERM')).status).toBe(0)
    expect(await cluster.rows(80)).toEqual(ALL)
  })

  test('hears by a tripwire of a killed server long before the next check', async () => {
    const { lab, monitor } = cluster
    await lab.must('lb1', ['ipvsadm', '-C'])
    monitor.write(WIRED)
    await monitor.start()
    await cluster.rowsBecome(80, ALL)
    await cluster.rowsBecome(8080, ALL)
    await monitor.allSeen('up')
    const held = ['ss', '-Htn', 'state', 'established', 'sport', '=', ':80']
    await eventually('the connection is held', async () => {
      return (await lab.must('web2', held)).match(/\b10\.77\.0\.1\]?:/)
    })
    cluster.server('web2').signal('SIGKILL')
    await cluster.rowsBecome(80, ['web1=100', 'web2=0', 'web3=100'])
    expect(await cluster.rows(8080)).toEqual(ALL)
  })

  const refusals = {
    'without the right to it': /^lvs-warden: no right to the IPVS table: run as root/m,
    'without IPVS in its kernel': /^lvs-warden: this kernel has no IPVS: load it with `modprobe/m,
  }

  test.for(ADAPTERS)('is refused to root without capabilities, by %s', async (table) => {
    const { lab } = cluster
    const before = await savedRules(lab, 'lb1')
    const drop = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']
    const result = await lab.run('lb1', [...drop, ...daemon(table)])
    expect(result.stderr).toMatch(refusals['without the right to it'])
    expect(result.status).toBe(1)
    expect(await savedRules(lab, 'lb1')).toEqual(before)
  })

  test.for(ADAPTERS)('without IPVS in its kernel is told so, by %s', async (table) => {
    const { lab } = cluster
    // Whoever wants the module back, the kernel or ipvsadm, finds none.
    const unload = 'ipvsadm -C && modprobe -r ip_vs_rr && mount -t tmpfs none /lib/modules'
    const isThere = async () =>
      (await lab.run('lb1', ['test', '-e', '/proc/net/ip_vs'])).status === 0
    if (await isThere()) await lab.must('lb1', ['sh', '-c', unload])
    expect(await isThere()).toBe(false)
    const result = await lab.run('lb1', daemon(table))
    expect(result.stderr).toMatch(refusals['without IPVS in its kernel'])
    expect(result.status).toBe(1)
  })

  function daemon(table: string): readonly string[] {
    const options = { cluster: join(folder, 'cluster.yaml'), state: join(folder, 'state'), table }
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
    return [process.execPath, DAEMON, 'standalone', ...flags]
  }
})
