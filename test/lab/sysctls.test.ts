import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './harness/eventually.ts'
import { createLab, type Lab } from './harness/lab.ts'
import { createMonitor, type LabMonitor } from './harness/monitor.ts'
import { describeLab } from './harness/requirements.ts'

const FOLDER = '/proc/sys/net/ipv4/vs'
/** It looks each five seconds; this is for a busy machine. */
const LOOK_MS = 30_000

function clusterFile(sysctls: string): string {
  return `cluster: lab
sysctls: { ${sysctls} }
realServers: { web1: 10.77.0.11 }
virtualServices:
  web:
    address: 10.77.0.200:80/tcp
    forwarding: masquerade
    check: none
    realServers: { web1: }
`
}

describeLab('settings of a real kernel', () => {
  let lab: Lab
  let monitor: LabMonitor

  const value = async (name: string) => Number(await lab.must('lb1', ['cat', `${FOLDER}/${name}`]))
  const becomes = (name: string, wanted: number) =>
    eventually(`${name} is ${wanted}`, async () => (await value(name)) === wanted, LOOK_MS)
  const set = (name: string, to: number) =>
    lab.must('lb1', ['sh', '-c', `echo ${to} >${FOLDER}/${name}`])

  beforeAll(async () => {
    lab = await createLab()
    await lab.director('lb1', 1)
    monitor = createMonitor(lab, 'lb1')
    monitor.write(clusterFile('expire_nodest_conn: 1, drop_entry: 1'))
    await monitor.start()
  })

  afterAll(() => lab?.close())

  test('are made as the cluster file asks, and shown', async () => {
    await becomes('expire_nodest_conn', 1)
    await becomes('drop_entry', 1)
    await eventually('the status shows them', async () => {
      const [director] = (await monitor.status()).directors
      return director?.sysctls['expire_nodest_conn'] === 1
    })
    const [director] = (await monitor.status()).directors
    expect(director?.sysctls).toMatchObject({ conn_reuse_mode: 1, expire_quiescent_template: 0 })
  })

  test('are made so again when somebody changes them, and that is told', async () => {
    await set('expire_nodest_conn', 0)
    await becomes('expire_nodest_conn', 1)
    await eventually('it is in the log', async () =>
      (await monitor.events()).some(({ message }) =>
        message.includes('net.ipv4.vs.expire_nodest_conn was 1 and somebody else made it 0'),
      ),
    )
  })

  test('that the file no longer asks for stay as they are', async () => {
    monitor.write(clusterFile('expire_quiescent_template: 1'))
    monitor.signal('SIGHUP')
    await becomes('expire_quiescent_template', 1)
    expect(await value('drop_entry')).toBe(1)
    await set('drop_entry', 0)
    await set('expire_quiescent_template', 0)
    await becomes('expire_quiescent_template', 1)
    expect(await value('drop_entry')).toBe(0)
  })

  test('that cannot be made are an alert with the way out, and the table is applied', async () => {
    await lab.must('lb1', ['mount', '--bind', '/proc/sys', '/proc/sys'])
    await lab.must('lb1', ['mount', '-o', 'remount,bind,ro', '/proc/sys'])
    monitor.write(clusterFile('conn_reuse_mode: 0').replace(':80/tcp', ':81/tcp'))
    monitor.signal('SIGHUP')
    await eventually('an alert says so', async () =>
      (await monitor.status()).alerts.some(({ message }) =>
        message.includes('run "sysctl -w net.ipv4.vs.conn_reuse_mode=0" on the host'),
      ),
    )
    expect(await lab.must('lb1', ['ipvsadm', '-Sn'])).toContain('10.77.0.200:81')
    await lab.must('lb1', ['umount', '/proc/sys'])
    await becomes('conn_reuse_mode', 0)
    await eventually('the alert is over', async () => {
      return (await monitor.status()).alerts.every(({ key }) => !key.includes('sysctls'))
    })
  })
})
