import { describe, expect, test } from 'vitest'
import { directorReportMessage } from '../../../services/shared/wire/director-report-message.ts'
import { leadingMessage } from '../../../services/shared/wire/leading-message.ts'
import {
  bucketName,
  leadingSubject,
  reportSubject,
} from '../../../services/shared/wire/subjects.ts'
import { buildReport } from '../../support/cluster-builder.ts'
import { createFleet, type Fleet, weightsOf } from '../../support/controller-fleet.ts'
import { createManualClock } from '../../support/manual-clock.ts'

/** Controllers `a`, that leads, and `b`; the director `lb1`; four real servers in its table. */
async function setUp() {
  const fleet = createFleet()
  await fleet.configure()
  const a = await fleet.controller('a')
  const b = await fleet.controller('b')
  const { table } = await fleet.director('lb1')
  await fleet.seconds(8)
  expect(await weightsOf(table)).toEqual([100, 100, 100, 100])
  expect(await leader(fleet)).toBe('a')
  table.changes.length = 0
  return { fleet, a, b, table }
}

async function leader(fleet: Fleet): Promise<string | undefined> {
  return (await fleet.status()).controllers?.find(({ role }) => role === 'leader')?.name
}

/** Seconds until somebody answers again. */
async function untilLed(fleet: Fleet): Promise<number> {
  for (let seconds = 0; seconds < 30; seconds++) {
    const isLed = await fleet.status().then(
      () => true,
      () => false,
    )
    if (isLed) return seconds
    await fleet.seconds(1)
  }
  throw new Error('nobody leads')
}

describe('of two controllers', () => {
  test('one leads, the other stands by, and status shows both', async () => {
    const { fleet } = await setUp()
    const { controllers, epoch } = await fleet.status()
    expect(controllers?.map(({ name, role, warm }) => [name, role, warm])).toEqual([
      ['a', 'leader', true],
      ['b', 'standby', true],
    ])
    expect(epoch).toBe(1)
  })

  test('each event is written once', async () => {
    const { fleet } = await setUp()
    fleet.servers(['web1', 'web2', 'web3'])
    await fleet.seconds(6)
    const about = (await fleet.events()).filter(({ server }) => server === 'web4')
    expect(about.map(({ type, to }) => `${type} ${to}`)).toEqual([
      'weight 100',
      'health down',
      'weight 0',
    ])
  })

  test('the other leads within 5 seconds when the leader is killed, and no weight moves', async () => {
    const { fleet, a, table } = await setUp()
    a.gate.kill()
    expect(await untilLed(fleet)).toBeLessThanOrEqual(5)
    await fleet.seconds(10)
    expect(await leader(fleet)).toBe('b')
    expect((await fleet.status()).epoch).toBeGreaterThan(1)
    expect(table.changes).toEqual([])
    const last = (await fleet.events()).at(-1)
    expect(last).toMatchObject({ type: 'leader', from: 'a', to: 'b' })
  })

  test('while nobody leads, who asks is told to ask again', async () => {
    const { fleet, a } = await setUp()
    a.gate.kill()
    await expect(fleet.status()).rejects.toMatchObject({
      code: 'bus.no-responder',
      retryable: true,
    })
  })

  test('a leader that stops hands over at once', async () => {
    const { fleet, a, table } = await setUp()
    const stopping = a.service.stop()
    await fleet.settle()
    await stopping
    await fleet.settle()
    expect(await leader(fleet)).toBe('b')
    expect((await fleet.status()).controllers?.map(({ name }) => name)).toEqual(['b'])
    await fleet.seconds(5)
    expect(table.changes).toEqual([])
  })

  test('a standby that is gone is alerted, and forgotten when it is back', async () => {
    const { fleet, b } = await setUp()
    b.gate.kill()
    await fleet.seconds(8)
    expect((await fleet.status()).alerts.map(({ key }) => key)).toEqual(['controller-silent/b'])
    await fleet.controller('b')
    await fleet.seconds(2)
    expect((await fleet.status()).alerts).toEqual([])
  })
})

describe('a take-over', () => {
  test('keeps the word of operators, and a drain goes on to its end', async () => {
    const { fleet, a, table } = await setUp()
    const service = (await table.read())[0]?.address
    if (service === undefined) throw new Error('no service')
    const web1 = { address: '10.0.0.11', port: 80 }
    table.setCounts(service, web1, { active: 1 })
    await fleet.seconds(1)
    await fleet.drain('web1')
    await fleet.seconds(2)
    expect(await weightsOf(table)).toEqual([0, 100, 100, 100])
    a.gate.kill()
    await untilLed(fleet)
    await fleet.seconds(3)
    expect(await weightsOf(table)).toEqual([0, 100, 100, 100])
    table.setCounts(service, web1, { active: 0 })
    await fleet.seconds(3)
    expect(await weightsOf(table)).toEqual([null, 100, 100, 100])
    const types = (await fleet.events()).map(({ type }) => type)
    expect(types.filter((type) => type === 'operator')).toHaveLength(1)
    expect(types.filter((type) => type === 'drained')).toHaveLength(1)
  })

  test('writes what the former leader had decided and could not write any more', async () => {
    const { fleet, a, table } = await setUp()
    a.gate.cutLog(true)
    fleet.servers(['web1', 'web2', 'web3'])
    await fleet.seconds(4)
    expect(await weightsOf(table)).toEqual([100, 100, 100, 0])
    expect((await fleet.events()).filter(({ to }) => to === 'down')).toEqual([])
    a.gate.kill()
    await untilLed(fleet)
    await fleet.seconds(3)
    const about = (await fleet.events()).filter(
      ({ server, to }) => server === 'web4' && to !== '100',
    )
    expect(about.map(({ type, to }) => `${type} ${to}`)).toEqual(['health down', 'weight 0'])
  })

  test('sees who has died while nobody led', async () => {
    const { fleet, a, table } = await setUp()
    a.gate.kill()
    fleet.servers(['web2', 'web3', 'web4'])
    await untilLed(fleet)
    await fleet.seconds(2)
    expect(await weightsOf(table)).toEqual([0, 100, 100, 100])
    const about = (await fleet.events()).filter(
      ({ server, to }) => server === 'web1' && to !== '100',
    )
    expect(about.map(({ type, to }) => `${type} ${to}`)).toEqual(['health down', 'weight 0'])
  })

  test('raises no alert twice, and clears what is over', async () => {
    const fleet = createFleet()
    await fleet.configure({ panicThreshold: 0.5 })
    const a = await fleet.controller('a')
    await fleet.controller('b')
    const { table } = await fleet.director('lb1')
    await fleet.seconds(8)
    fleet.servers(['web1'])
    await fleet.seconds(6)
    expect(await fleet.alertEvents()).toEqual(['alert-raised guard/web'])
    const before = await weightsOf(table)
    a.gate.kill()
    await untilLed(fleet)
    await fleet.seconds(30)
    expect(await weightsOf(table)).toEqual(before)
    const guards = (await fleet.alertEvents()).filter((event) => event.endsWith('guard/web'))
    expect(guards).toEqual(['alert-raised guard/web'])
    fleet.servers(['web1', 'web2', 'web3', 'web4'])
    await fleet.seconds(6)
    const after = (await fleet.alertEvents()).filter((event) => event.endsWith('guard/web'))
    expect(after).toEqual(['alert-raised guard/web', 'alert-cleared guard/web'])
  })

  test('by a controller that started late moves nothing either, and provenance goes on', async () => {
    const { fleet, a, b, table } = await setUp()
    b.gate.kill()
    fleet.servers(['web1', 'web2', 'web3'])
    await fleet.seconds(6)
    const generation = (await fleet.status()).generation
    await fleet.controller('c')
    await fleet.seconds(6)
    table.changes.length = 0
    a.gate.kill()
    await untilLed(fleet)
    await fleet.seconds(10)
    expect(await leader(fleet)).toBe('c')
    expect(table.changes).toEqual([])
    expect((await fleet.status()).generation).toBeGreaterThan(generation)
  })

  test('goes back and forth without a restart of anybody', async () => {
    const { fleet, a, b, table } = await setUp()
    a.gate.cutStore(true)
    await fleet.seconds(6)
    expect(await leader(fleet)).toBe('b')
    a.gate.cutStore(false)
    await fleet.seconds(3)
    b.gate.cutStore(true)
    await fleet.seconds(6)
    expect(await leader(fleet)).toBe('a')
    expect(table.changes).toEqual([])
    fleet.servers(['web1', 'web2', 'web3'])
    await fleet.seconds(5)
    expect(await weightsOf(table)).toEqual([100, 100, 100, 0])
  })
})

describe('two that believe to lead', () => {
  test('one that was stopped in its tracks is refused by directors, and finds out', async () => {
    const fleet = createFleet()
    await fleet.configure()
    const own = createManualClock(fleet.clock.now())
    await fleet.controller('a', own)
    await fleet.controller('b')
    const { table } = await fleet.director('lb1')
    for (let second = 0; second < 8; second++) {
      await fleet.seconds(1)
      await own.advance(1000)
    }
    const epochs: string[] = []
    fleet.bus.subscribe(leadingSubject('shop'), (payload) => {
      const { controller, epoch } = leadingMessage.decode(payload)
      epochs.push(`${controller} ${epoch}`)
    })
    // No time passes for a, as in a machine that is suspended: it believes in its lease.
    await fleet.seconds(6)
    const claims = new Set(epochs)
    expect(claims.size).toBe(1)
    expect([...claims][0]).toMatch(/^b /)
    fleet.servers(['web1', 'web2', 'web3'])
    await fleet.seconds(5)
    await own.advance(900)
    await fleet.seconds(1)
    expect(await weightsOf(table)).toEqual([100, 100, 100, 0])
    await own.advance(3000)
    await fleet.seconds(2)
    const { controllers } = await fleet.status()
    expect(controllers?.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'b leader',
      'a standby',
    ])
  })
})

describe('an outage of the store', () => {
  test('leaves the table as it is, however long, and one leads again when it is over', async () => {
    const { fleet, a, b, table } = await setUp()
    a.gate.cutStore(true)
    b.gate.cutStore(true)
    await fleet.seconds(60)
    await expect(fleet.status()).rejects.toMatchObject({ retryable: true })
    a.gate.cutStore(false)
    b.gate.cutStore(false)
    await untilLed(fleet)
    await fleet.seconds(5)
    expect(table.changes).toEqual([])
  })

  test('an operator is told when a word could not be stored, and it is stored later', async () => {
    const { fleet, a } = await setUp()
    a.gate.cutStore(true)
    await expect(fleet.drain('web1')).rejects.toMatchObject({ retryable: true })
    const bucket = await fleet.bus.keyValue(bucketName('shop', 'overrides'))
    expect(await bucket.get('web1')).toBeUndefined()
    a.gate.cutStore(false)
    await fleet.seconds(2)
    expect(await bucket.get('web1')).toBeDefined()
  })

  test('a store that lost its count does not lock directors out', async () => {
    const { fleet } = await setUp()
    const report = buildReport({
      director: 'lb9',
      epoch: 500,
      generation: 3,
      at: fleet.clock.now(),
    })
    const say = () =>
      fleet.bus.publish(reportSubject('shop', 'lb9'), directorReportMessage.encode(report))
    say()
    await fleet.seconds(3)
    expect((await fleet.status()).epoch).toBe(501)
  })
})

test('what a leader stored in its last moment holds under the next', async () => {
  const { fleet, a } = await setUp()
  // As if the answer to the operator was lost with the leader.
  await fleet.drain('web2')
  const bucket = await fleet.bus.keyValue(bucketName('shop', 'overrides'))
  const entry = await bucket.get('web2')
  if (entry === undefined) throw new Error('not stored')
  const other = new TextDecoder().decode(entry.value).replaceAll('web2', 'web3')
  await bucket.put('web3', new TextEncoder().encode(other))
  a.gate.kill()
  await untilLed(fleet)
  await fleet.seconds(2)
  const [web] = (await fleet.status()).services
  const admins = web?.realServers.map(({ name, admin }) => `${name} ${admin}`)
  expect(admins).toEqual(['web1 enabled', 'web2 drained', 'web3 drained', 'web4 enabled'])
})
