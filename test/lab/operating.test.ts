import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../services/shared/wire/status.ts'
import { startClient } from './harness/client.ts'
import { startDownload } from './harness/download.ts'
import { eventually } from './harness/eventually.ts'
import { forgetClosedConnectionsSoon, savedRules } from './harness/ipvs.ts'
import { describeLab } from './harness/requirements.ts'
import { createWebCluster, REAL_SERVERS, VIP, type WebCluster } from './harness/web-cluster.ts'

const SERVICE = `${VIP}:80`
const ALL = ['web1=100', 'web2=100', 'web3=100']
const FOREIGN = `${VIP}:9999`
/** It reads the table each second; this is for a busy machine. */
const REPAIR_MS = 15_000

function clusterFile(weight = 100, more = ''): string {
  return `cluster: lab
realServers: ${REAL_SERVERS}
virtualServices:
  web:
    address: ${SERVICE}/tcp
    scheduler: rr
    forwarding: direct-route
    check: { type: http, interval: 2s, fastInterval: 300ms, timeout: 1500ms, rise: 2, fall: 2 }
    realServers: { web1: ${weight}, web2: ${weight}, web3: ${weight} }
${more}`
}

describeLab('on a director that is being worked on', () => {
  let cluster: WebCluster

  beforeAll(async () => {
    cluster = await createWebCluster(3, [80])
    const { lab, monitor } = cluster
    await forgetClosedConnectionsSoon(lab, 'lb1')
    await lab.must('lb1', ['ipvsadm', '-A', '-t', FOREIGN, '-s', 'wlc'])
    await lab.must('lb1', ['ipvsadm', '-a', '-t', FOREIGN, '-r', '10.77.0.11', '-g', '-w', '3'])
    monitor.write(clusterFile())
    await monitor.start()
    await monitor.allSeen('up')
  })

  afterAll(() => cluster?.close())

  test('a drain lets a long download finish before it says that a reboot is safe', async () => {
    const { lab, monitor } = cluster
    const client = startClient(lab, 'client', `http://${VIP}/`)
    const download = startDownload(lab, 'client', `http://${VIP}/download`)
    await eventually('the download has begun', () => download.server() !== undefined)
    const name = download.server() ?? ''
    const drained = ALL.map((row) => (row.startsWith(name) ? `${name}=0` : row))
    const others = ALL.filter((row) => !row.startsWith(name))

    const drain = monitor.ctlStart('drain', name, '--reason', 'kernel update')
    await cluster.rowsBecome(80, drained)
    const drainedAt = Date.now()
    const lines = download.lines()
    await eventually('it waits for the download', () => / 1 active/.test(drain.output()), 20_000)
    await eventually('new connections are made', () => client.since(drainedAt).length >= 10)
    const fromDrained = client.since(drainedAt).filter(({ body }) => body?.startsWith(name))
    expect(fromDrained).toEqual([])
    expect(download.lines()).toBeGreaterThan(lines)
    expect(await cluster.rows(80)).toEqual(drained)
    expect(drain.output()).not.toContain('safe to reboot')

    cluster.server(name).finishDownloads()
    await download.complete()
    const { status, stdout } = await drain.ended
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `${name} is out of service everywhere: safe to reboot`,
    )
    expect(status).toBe(0)
    await cluster.rowsBecome(80, others)

    expect((await monitor.ctl('enable', name)).status).toBe(0)
    await cluster.rowsBecome(80, ALL)
    const enabledAt = Date.now()
    await eventually('it serves again', () =>
      client.since(enabledAt).some(({ body }) => body?.startsWith(name)),
    )
    await client.stop()
    expect(client.failures()).toEqual([])
  })

  describe('somebody else changes the table:', () => {
    const web1 = ['-t', SERVICE, '-r', '10.77.0.11:80']
    const edits = {
      'another weight': ['-e', ...web1, '-g', '-w', '7'],
      'a row less': ['-d', ...web1],
      'a row more': ['-a', '-t', SERVICE, '-r', '10.77.0.99:80', '-g', '-w', '1'],
      'another scheduler': ['-E', '-t', SERVICE, '-s', 'wlc'],
      'the service gone': ['-D', '-t', SERVICE],
    }
    const reports: Readonly<Record<keyof typeof edits, RegExp>> = {
      'another weight': /10\.77\.0\.11.*weight was 100/,
      'a row less': /10\.77\.0\.11/,
      'a row more': /10\.77\.0\.99/,
      'another scheduler': /scheduler was rr/,
      'the service gone': /10\.77\.0\.200:80/,
    }
    let repaired = 0

    test.for(Object.entries(edits))('%s is repaired and reported', async (edit, { annotate }) => {
      const { lab, monitor } = cluster
      const [name, change] = edit
      const before = await savedRules(lab, 'lb1')
      await lab.must('lb1', ['ipvsadm', ...change])
      const changedAt = Date.now()
      const isRepaired = async () => (await savedRules(lab, 'lb1')).join() === before.join()
      await eventually('it is repaired', isRepaired, REPAIR_MS)
      await annotate(`repaired within ${Date.now() - changedAt} ms`)
      repaired++
      const wanted = reports[name as keyof typeof edits]
      await eventually('it is reported', async () => {
        const drifts = (await monitor.events()).filter(({ type }) => type === 'drift')
        const last = drifts.at(-1)
        return drifts.length >= repaired && last?.director === 'lb1' && wanted.test(last.message)
      })
    })

    test('all of it is counted, and the service of others is left alone', async () => {
      const { lab, monitor } = cluster
      const count = Object.keys(edits).length
      const status: Status = JSON.parse((await monitor.ctl('status', '--json')).stdout)
      const [director] = status.directors
      expect(director).toMatchObject({ name: 'lb1', foreign: [`tcp/${FOREIGN}`] })
      expect(director?.driftRepaired).toBeGreaterThanOrEqual(count)
      const { stdout } = await monitor.ctl('events')
      expect(stdout.match(/ drift .*10\.77\.0\./g)?.length).toBeGreaterThanOrEqual(count)
      const rules = await savedRules(lab, 'lb1')
      expect(rules.filter((rule) => rule.includes(FOREIGN))).toEqual([
        `-A -t ${FOREIGN} -s wlc`,
        `-a -t ${FOREIGN} -r 10.77.0.11:9999 -g -w 3`,
      ])
    })
  })

  test('a good file is in force after lvsctl reload, and after SIGHUP', async () => {
    const { monitor } = cluster
    monitor.write(clusterFile(60))
    const { status, stdout } = await monitor.ctl('reload')
    expect(stdout).toContain('is in force')
    expect(status).toBe(0)
    await cluster.rowsBecome(80, ['web1=60', 'web2=60', 'web3=60'])
    monitor.write(clusterFile(70))
    monitor.signal('SIGHUP')
    await cluster.rowsBecome(80, ['web1=70', 'web2=70', 'web3=70'])
  })

  test('a bad file changes nothing, by lvsctl reload or by SIGHUP', async () => {
    const { lab, monitor } = cluster
    const before = await savedRules(lab, 'lb1')
    monitor.write(clusterFile(80, '    schedular: wlc\n'))
    const { status, stdout } = await monitor.ctl('reload')
    expect(stdout).toMatch(/cluster\.yaml:\d+:\d+: error: .*schedular.*did you mean "scheduler"/)
    expect(stdout).toContain('was not applied: the cluster stays as it was')
    expect(status).toBe(1)
    const refusals = () => monitor.log().match(/cluster file refused/g)?.length ?? 0
    expect(refusals()).toBe(1)
    monitor.signal('SIGHUP')
    await eventually('it is refused again', () => refusals() === 2)
    expect(await savedRules(lab, 'lb1')).toEqual(before)
    // What the director repairs shows which table it holds now.
    await lab.must('lb1', ['ipvsadm', '-e', '-t', SERVICE, '-r', '10.77.0.11:80', '-g', '-w', '5'])
    await cluster.rowsBecome(80, ['web1=70', 'web2=70', 'web3=70'])
    expect(await savedRules(lab, 'lb1')).toEqual(before)
  })
})
