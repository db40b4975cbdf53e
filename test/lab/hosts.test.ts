import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DoctorFinding } from '../../services/cli/doctor/finding.ts'
import { eventually } from './harness/eventually.ts'
import { createLab, type Lab, type LabMachine } from './harness/lab.ts'
import { LVSCTL } from './harness/monitor.ts'
import { startRealServer } from './harness/real-server.ts'
import { describeLab } from './harness/requirements.ts'
import { addRoute, addVip, sysctl } from './harness/roles.ts'

const DIRECT = '10.77.0.200'
const TUNNELLED = '10.77.0.202'
/** Behind the director, where answers go back through it. */
const FAR = '192.0.2.10'
const FAR_CLIENT = '198.51.100.100'

const CLUSTER = `cluster: lab
sysctls: { expire_nodest_conn: 1 }
defaults: { scheduler: rr }
realServers: { web1: 10.77.0.11, web2: 10.77.0.12, tun1: 10.77.0.21 }
virtualServices:
  direct:
    address: ${DIRECT}:80/tcp
    forwarding: direct-route
    realServers: { web1: }
  nat:
    address: ${FAR}:80/tcp
    forwarding: masquerade
    realServers: { web2: }
  tunnels:
    address: ${TUNNELLED}:80/tcp
    forwarding: tunnel
    realServers: { tun1: }
`

interface Answer {
  readonly role: string
  readonly verdict: string
  readonly findings: readonly DoctorFinding[]
}

describeLab('machines that are set up as lvsctl says', () => {
  let lab: Lab
  let file: string
  let director: LabMachine

  const ctl = (machine: string, ...args: readonly string[]) =>
    lab.run(machine, [process.execPath, LVSCTL, ...args, '--cluster', file])

  /** Has lvsctl write a script, and runs it on the machine that it is for. */
  async function setUp(machine: string, ...args: readonly string[]): Promise<void> {
    const { stdout, stderr } = await ctl('client', 'render', ...args)
    expect(stderr).toBe('')
    const script = join(lab.folder, `${machine}.sh`)
    writeFileSync(script, stdout)
    // Twice, as after a change of the cluster file.
    await lab.must(machine, ['sh', script])
    await lab.must(machine, ['sh', script])
  }

  async function doctor(machine: string, ...args: readonly string[]): Promise<Answer> {
    const { status, stdout, stderr } = await ctl(machine, 'doctor', '--json', ...args)
    expect(stderr).toBe('')
    const answer = JSON.parse(stdout) as Answer
    expect(status).toBe(answer.verdict === 'bad' ? 1 : 0)
    return answer
  }

  const bad = ({ findings }: Answer) => findings.filter(({ verdict }) => verdict === 'bad')

  /** Does what the findings say, in their own words. */
  async function mend(machine: string, findings: readonly DoctorFinding[]): Promise<void> {
    for (const { mend: command } of findings) {
      await lab.must(machine, ['sh', '-c', command ?? 'false'])
    }
  }

  const answers = async (vip: string) =>
    (await lab.run('client', ['curl', '-s', '-m', '2', `http://${vip}/`])).stdout.trim()

  beforeAll(async () => {
    lab = await createLab()
    file = join(lab.folder, 'cluster.yaml')
    writeFileSync(file, CLUSTER)
    await lab.host('client', 100)
    await lab.host('web1', 11)
    await lab.host('web2', 12)
    const guests = await Promise.all([lab.director('lb1', 1), lab.director('tun1', 21)])
    director = guests[0]
    await addVip(lab, 'client', FAR_CLIENT)
    const way = ['via', director.address, 'src', FAR_CLIENT]
    await lab.must('client', ['ip', 'route', 'add', FAR, ...way])
    await addRoute(lab, 'lb1', { to: FAR_CLIENT, via: '10.77.0.100' })
    for (const device of ['all', 'eth0']) {
      await sysctl(lab, 'web2', `net/ipv4/conf/${device}/accept_redirects`, 0)
    }
    await setUp('lb1', 'director')
    await Promise.all(['web1', 'web2', 'tun1'].map((name) => startRealServer(lab, name, [80])))
    const services = [
      [DIRECT, '10.77.0.11', '-g'],
      [FAR, '10.77.0.12', '-m'],
      [TUNNELLED, '10.77.0.21', '-i'],
    ] as const
    for (const [vip, server, method] of services) {
      await lab.must('lb1', ['ipvsadm', '-A', '-t', `${vip}:80`, '-s', 'rr'])
      await lab.must('lb1', ['ipvsadm', '-a', '-t', `${vip}:80`, '-r', server, method])
    }
  })

  afterAll(() => lab?.close())

  test('a script makes a real server for direct routing, tunnels and masquerading', async () => {
    const cases = [
      ['web1', DIRECT, []],
      ['tun1', TUNNELLED, []],
      ['web2', FAR, ['--director', director.address]],
    ] as const
    for (const [name, vip, more] of cases) {
      expect(await answers(vip)).toBe('')
      await setUp(name, 'realserver', name, ...more)
      await eventually(`${name} answers at ${vip}`, async () => {
        return (await answers(vip)) === `${name}:80`
      })
    }
  })

  test('the doctor finds nothing on them, and knows what each is', async () => {
    for (const [name, role, ...more] of [
      ['lb1', 'director'],
      ['web1', 'realserver'],
      ['tun1', 'realserver'],
      ['web2', 'realserver', '--director', director.address],
    ] as const) {
      const answer = await doctor(name, ...more)
      expect(answer.role).toBe(role)
      expect(bad(answer)).toEqual([])
    }
  })

  test('a director with wrong settings is told, and is well when it does what it is told', async () => {
    await sysctl(lab, 'lb1', 'net/ipv4/ip_forward', 0)
    await sysctl(lab, 'lb1', 'net/ipv4/vs/expire_nodest_conn', 0)
    const found = bad(await doctor('lb1'))
    expect(found.map(({ check }) => check)).toEqual(['sysctls', 'ip_forward'])
    await mend('lb1', found)
    expect(bad(await doctor('lb1'))).toEqual([])
  })

  test('who answers for a VIP is found from the director and on the real server itself', async () => {
    await sysctl(lab, 'web1', 'net/ipv4/conf/all/arp_ignore', 0)
    const [seen, ...others] = bad(await doctor('lb1'))
    expect(others).toEqual([])
    expect(seen?.check).toBe('arp')
    expect(seen?.evidence).toMatch(/^web1 \(.{17}\) answers who-has 10\.77\.0\.200 on eth0/)
    const own = bad(await doctor('web1'))
    expect(own.map(({ check }) => check)).toEqual(['arp'])
    await mend('web1', own)
    expect(bad(await doctor('lb1'))).toEqual([])
  })

  test('a real server without its VIP, its tunnel or its gateway is told', async () => {
    await lab.must('web1', ['ip', 'addr', 'del', `${DIRECT}/32`, 'dev', 'lo'])
    await lab.must('tun1', ['ip', 'link', 'set', 'tunl0', 'down'])
    await sysctl(lab, 'tun1', 'net/ipv4/conf/tunl0/rp_filter', 1)
    await lab.must('web2', ['ip', 'route', 'del', 'default'])
    for (const [name, vip, checks, ...more] of [
      ['web1', DIRECT, ['vip']],
      ['tun1', TUNNELLED, ['tunnel']],
      ['web2', FAR, ['gateway'], '--director', director.address],
    ] as const) {
      const found = bad(await doctor(name, ...more))
      expect(found.map(({ check }) => check)).toEqual(checks)
      await mend(name, found)
      // What was hidden behind the first.
      await mend(name, bad(await doctor(name, ...more)))
      expect(bad(await doctor(name, ...more))).toEqual([])
      await eventually(`${name} answers again`, async () => (await answers(vip)) === `${name}:80`)
    }
  })
})
