import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './harness/eventually.ts'
import { savedRules } from './harness/ipvs.ts'
import { describeLab } from './harness/requirements.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const CLUSTER = `cluster: lab
realServers: ${REAL_SERVERS}
sysctls: { expire_nodest_conn: 1 }
virtualServices:
  web:
    address: ${VIP}:80/tcp
    scheduler: rr
    forwarding: direct-route
    panicThreshold: 0%
    check: { type: http, interval: 2s, fastInterval: 200ms, timeout: 1500ms, rise: 2, fall: 2 }
    realServers: { web1: , web2: }
`

/** A week beside another monitor, in short: it holds the table, we only look. */
describeLab('a monitor in shadow', () => {
  let cluster: WebCluster
  let rules: readonly string[]

  beforeAll(async () => {
    cluster = await createWebCluster(2, [80])
    const { lab, monitor } = cluster
    const service = `${VIP}:80`
    await lab.must('lb1', ['ipvsadm', '-A', '-t', service, '-s', 'rr'])
    for (const host of [11, 12]) {
      const row = ['-r', `10.77.0.${host}:80`, '-g', '-w', '100']
      await lab.must('lb1', ['ipvsadm', '-a', '-t', service, ...row])
    }
    rules = await savedRules(lab, 'lb1')
    monitor.write(CLUSTER)
    await monitor.start('--shadow', '--clear-on-exit')
    await monitor.allSeen('up')
  })

  afterAll(() => cluster?.close())

  const shadow = async () => {
    const [director] = (await cluster.monitor.status()).directors
    if (director?.shadow === undefined) throw new Error('not in shadow')
    return director.shadow
  }

  test('agrees with a table that is right, and says so', async () => {
    await eventually('all is compared', async () => (await shadow()).rows === 3)
    expect(await shadow()).toMatchObject({ same: 3, disagreements: [] })
    await eventually('lvsctl says so', async () => {
      const { stdout, stderr } = await cluster.monitor.ctl('status')
      if (stderr !== '') throw new Error(stderr)
      return stdout.includes('nothing is written; 3 of 3 are as we would have them')
    })
  })

  test('says what it would do about a server that fails, and leaves the kernel as it is', async () => {
    const { lab, monitor } = cluster
    cluster.server('web2').set('500')
    await eventually('it would act', async () => (await shadow()).disagreements.length === 1)
    expect((await shadow()).disagreements[0]?.said).toMatch(
      /^web\/web2: we would have weight 0, the table has 100: http: fail http\.status/,
    )
    await eventually('it is an event', async () => {
      return (await monitor.events()).some(({ type }) => type === 'shadow-differs')
    })
    const { stdout } = await monitor.ctl('why', 'web/web2')
    expect(stdout).toContain('in shadow, nothing is written: weight 100, we would have weight 0')
    expect(await savedRules(lab, 'lb1')).toEqual(rules)
    const sysctl = ['cat', '/proc/sys/net/ipv4/vs/expire_nodest_conn']
    expect((await lab.must('lb1', sysctl)).trim()).toBe('0')
  })

  test('leaves the table as it is when it ends, and takes it over when it starts in earnest', async () => {
    const { lab, monitor } = cluster
    await monitor.end('SIGTERM')
    expect(await savedRules(lab, 'lb1')).toEqual(rules)
    await monitor.start()
    await cluster.rowsBecome(80, ['web1=100', 'web2=0'])
  })
})
