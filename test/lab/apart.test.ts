import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { APART_VIP, type ApartCluster, createApartCluster, WHOLE } from './harness/apart-cluster.ts'
import { type Client, startClient } from './harness/client.ts'
import { eventually } from './harness/eventually.ts'
import { describeLab } from './harness/requirements.ts'
import { type RulesWatch, watchRules } from './harness/rules-watch.ts'

/** How long a fault lasts where its length does not matter. */
const WHILE_MS = 6000
const NATS_AWAY_MS = 60_000
/** A take-over is done within five seconds; this is for a guest that pays dearly for everything. */
const TAKE_OVER_MS = 15_000

describeLab('services apart, with a client asking all the time', () => {
  let cluster: ApartCluster
  let client: Client
  let watches: readonly RulesWatch[]

  beforeAll(async () => {
    cluster = await createApartCluster()
  })

  afterAll(() => cluster?.close())

  beforeEach(async () => {
    await cluster.rowsBecome(WHOLE)
    client = startClient(cluster.lab, 'client', `http://${APART_VIP}/`)
    watches = ['lb1', 'lb2'].map((director) => watchRules(cluster.lab, director))
    await eventually('the client is served', () => client.requests().length >= 5)
  })

  afterEach(async () => {
    for (const watch of watches) watch.stop()
    await client.stop()
  })

  /** Every table that was seen since the test began: no healthy real server has left one. */
  function expectAlwaysWhole(): void {
    for (const watch of watches) {
      for (const table of watch.seen()) {
        const rows = table.split('\n').filter((line) => line.startsWith('-a '))
        expect(rows.map((row) => / -w (\d+)/.exec(row)?.[1])).toEqual(['100', '100', '100', '100'])
      }
    }
  }

  async function expectNoHarm(): Promise<void> {
    await cluster.rowsBecome(WHOLE)
    expectAlwaysWhole()
    await client.stop()
    expect(client.failures()).toEqual([])
  }

  /** The whole chain works: a real server that dies leaves both tables and comes back. */
  async function expectItWorks(): Promise<void> {
    await cluster.server('web4').set('500')
    await cluster.rowsBecome(['web1=100', 'web2=100', 'web3=100', 'web4=0'])
    await cluster.server('web4').set('well')
    await cluster.rowsBecome(WHOLE)
  }

  test('a real server that dies leaves the tables of both directors, and comes back', async () => {
    await expectItWorks()
  })

  test.for([
    'p1',
    'p2',
    'desk',
    'lb1',
    'lb2',
    'p1 and lb1',
    'c1 and p3',
    'p2 and p3',
    // Both probers of one vantage.
    'p1 and p4',
    'the leader and lb1',
    'the leader and NATS',
  ])('kill -9 of %s harms nobody', async (names) => {
    const leader = await cluster.leader()
    const killed = names.split(' and ').map((name) => {
      if (name === 'NATS') return cluster.nats
      return cluster.service(name === 'the leader' ? leader.name : name)
    })
    await Promise.all(killed.map((service) => service.kill()))
    await wait(WHILE_MS)
    await Promise.all(killed.map((service) => service.start()))
    if (names.includes('leader')) await cluster.leader(leader)
    await expectNoHarm()
    await expectItWorks()
  })

  test('kill -9 of the leader: another one leads, no weight moves, nothing is lost', async () => {
    const before = await cluster.leader()
    const drained = await cluster.ctl('drain', 'web3', '--no-wait', '--reason', 'disk')
    expect(drained.status).toBe(0)
    const events = (await cluster.events()).length
    const without = ['web1=100', 'web2=100', 'web4=100']
    await eventually('it is drained', async () => {
      const rows = await cluster.rows('lb1')
      return rows.join() === without.join() || rows.includes('web3=0')
    })
    const killedAt = Date.now()
    await cluster.service(before.name).kill()
    const after = await cluster.leader(before)
    expect(after.name).not.toBe(before.name)
    expect(Date.now() - killedAt).toBeLessThan(TAKE_OVER_MS)
    const status = await cluster.status()
    const web3 = status.services[0]?.realServers.find(({ name }) => name === 'web3')
    expect(web3?.reason).toContain('disk')
    expect((await cluster.events()).length).toBeGreaterThanOrEqual(events)
    await cluster.service(before.name).start()
    await cluster.ctl('enable', 'web3')
    await cluster.rowsBecome(WHOLE)
    await client.stop()
    expect(client.failures()).toEqual([])
  })

  test('both controllers killed: tables hold, and the directors say that nobody leads', async () => {
    const before = await cluster.leader()
    await Promise.all(['c1', 'c2'].map((name) => cluster.service(name).kill()))
    await eventually(
      'the directors notice',
      () => ['lb1', 'lb2'].every((name) => cluster.service(name).log().includes('unmanaged')),
      30_000,
    )
    await Promise.all(['c1', 'c2'].map((name) => cluster.service(name).start()))
    await cluster.leader(before)
    await expectNoHarm()
    await expectItWorks()
  })

  test('NATS away for a minute: tables hold, and all find each other again', async () => {
    const before = await cluster.leader()
    await cluster.nats.kill()
    await wait(NATS_AWAY_MS)
    await cluster.nats.start()
    await cluster.leader(before)
    await expectNoHarm()
    await expectItWorks()
  })

  test('a leader whose cable is cut believes in itself, but directors believe its heir', async () => {
    const before = await cluster.leader()
    await cluster.lab.cut(before.name)
    const after = await cluster.leader(before)
    expect(after.name).not.toBe(before.name)
    await cluster.lab.heal(before.name)
    await wait(WHILE_MS)
    expect(await cluster.leader()).toEqual(after)
    await expectNoHarm()
    await expectItWorks()
  })

  test('a prober that cannot reach half of the real servers is outvoted', async () => {
    for (const host of ['10.77.0.11', '10.77.0.12']) {
      await cluster.lab.must('p1', ['ip', 'route', 'add', 'blackhole', `${host}/32`])
    }
    await wait(WHILE_MS)
    for (const host of ['10.77.0.11', '10.77.0.12']) {
      await cluster.lab.must('p1', ['ip', 'route', 'del', 'blackhole', `${host}/32`])
    }
    await expectNoHarm()
  })

  test('a vantage whose network is dead takes nobody out', async () => {
    await cluster.lab.cut('p2')
    await wait(WHILE_MS)
    await cluster.lab.heal('p2')
    await expectNoHarm()
    await expectItWorks()
  })

  test('a director that loses power has its whole table soon after its agent starts', async () => {
    await cluster.lab.crash('lb2')
    await wait(WHILE_MS)
    await cluster.lab.reboot('lb2')
    await cluster.service('lb2').start()
    await cluster.rowsBecome(WHOLE)
    for (const watch of watches.slice(0, 1)) expect(watch.seen().length).toBe(1)
    await client.stop()
    expect(client.failures()).toEqual([])
    await expectItWorks()
  })

  test('a director that loses power while nobody leads puts its table back', async () => {
    const before = await cluster.leader()
    await Promise.all(['c1', 'c2'].map((name) => cluster.service(name).kill()))
    await cluster.lab.crash('lb2')
    await cluster.lab.reboot('lb2')
    expect(await cluster.rows('lb2')).toEqual([])
    await cluster.service('lb2').start()
    await cluster.rowsBecome(WHOLE)
    expect(cluster.service('lb2').log()).toContain('the table is put back')
    const watch = watchRules(cluster.lab, 'lb2')
    await Promise.all(['c1', 'c2'].map((name) => cluster.service(name).start()))
    await cluster.leader(before)
    await watch.reads(20)
    watch.stop()
    expect(watch.seen()).toHaveLength(1)
    await client.stop()
    expect(client.failures()).toEqual([])
    await expectItWorks()
  })
})

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
