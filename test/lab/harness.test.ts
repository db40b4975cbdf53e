import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './harness/eventually.ts'
import { createLab, type Lab } from './harness/lab.ts'
import { describeLab } from './harness/requirements.ts'
import { addVip, directRoutingRealServer } from './harness/roles.ts'

const VIP = '10.77.0.200'
const SERVER = `require('node:http').createServer((_, answer) => answer.end('web1')).listen(80)`

describeLab('the lab', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await createLab()
    await lab.host('client', 100)
    await lab.host('web1', 11)
    await lab.director('lb1', 1)
  })

  afterAll(() => lab?.close())

  const ask = () => lab.run('client', ['curl', '-s', '-m', '1', `http://${VIP}/`])
  const answers = () =>
    eventually('web1 answers', async () => (await ask()).stdout === 'web1', 20_000)

  test('carries a direct-routing service, over a cable that can be pulled', async () => {
    await directRoutingRealServer(lab, 'web1', VIP)
    await addVip(lab, 'lb1', VIP)
    const web = lab.spawn('web1', [process.execPath, '-e', SERVER])
    await lab.must('lb1', ['ipvsadm', '-A', '-t', `${VIP}:80`, '-s', 'rr'])
    await lab.must('lb1', ['ipvsadm', '-a', '-t', `${VIP}:80`, '-r', '10.77.0.11:80', '-g'])
    await answers()
    await lab.cut('web1')
    expect((await ask()).status).not.toBe(0)
    await lab.heal('web1')
    await answers()
    web.signal('SIGKILL')
    expect((await web.ended).status).toBe(137)
    expect((await ask()).status).not.toBe(0)
  })

  test('gives back what a command in a guest prints and how it ends', async () => {
    const script = 'echo "it is $WORD"; echo sorry >&2; exit 3'
    const result = await lab.run('lb1', ['sh', '-c', script], { env: { WORD: "'so'" } })
    expect(result).toEqual({ status: 3, stdout: "it is 'so'\n", stderr: 'sorry\n' })
  })

  test('ends a command in a guest with everything that it started', async () => {
    const command = lab.spawn('lb1', ['sh', '-c', 'sleep 1000 & echo here; wait'])
    await eventually('it runs', () => command.output() === 'here\n')
    command.signal('SIGKILL')
    expect((await command.ended).status).toBe(137)
    await eventually('its child is gone', async () => {
      return (await lab.run('lb1', ['pgrep', '-x', 'sleep'])).status === 1
    })
  })

  test('throws when a command does not end in time', async () => {
    const late = lab.run('lb1', ['sleep', '1000'], { timeoutMs: 200 })
    await expect(late).rejects.toThrow('lb1: sleep 1000 did not end in 200 ms')
  })

  test('has guests that lose power and come back with an empty table', async () => {
    const running = lab.spawn('lb1', ['sleep', '1000'])
    await lab.crash('lb1')
    expect((await running.ended).status).toBe(128)
    await lab.reboot('lb1')
    expect(await lab.must('lb1', ['ipvsadm', '-Sn'])).toBe('')
    const ping = await lab.must('client', ['ping', '-c', '1', '-w', '3', '2001:db8:77::1'])
    expect(ping).toContain('1 received')
  })
})
