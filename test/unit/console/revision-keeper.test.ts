import { afterEach, describe, expect, test } from 'vitest'
import { createRevisionKeeper } from '../../../services/console/revision-keeper.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import { type ApiVerb, api } from '../../../services/shared/wire/api.ts'
import { clusterRevisionMessage } from '../../../services/shared/wire/cluster-revision.ts'
import { logEventMessage } from '../../../services/shared/wire/log-event-message.ts'
import { apiSubject, bucketName, eventStream } from '../../../services/shared/wire/subjects.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const fileOf = (weight: number, cluster = 'shop') => `cluster: ${cluster}
realServers: { web1: 10.0.0.11, web2: 10.0.0.12 }
virtualServices:
  web:
    address: 192.0.2.10:80/tcp
    forwarding: masquerade
    check: { type: tcp }
    realServers: { web1: { weight: ${weight} }, web2: { weight: 100 } }
`
const BY = { by: 'anna', reason: 'more load' }

const services: Service[] = []
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function setUp(followedFile?: string) {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const followed = followedFile === undefined ? {} : { followedFile }
  const ports = { bus, clock, logger: silentLogger }
  const keeper = createRevisionKeeper({ cluster: 'shop', ...followed }, ports)
  services.push(keeper)
  await keeper.start()

  async function ask<Request, Response>(verb: ApiVerb<Request, Response>, request: Request) {
    const subject = apiSubject('shop', verb.name)
    return verb.response.decode(await bus.request(subject, verb.request.encode(request), 1000))
  }
  const apply = (text: string, more: { expect?: number } = {}) =>
    ask(api.apply, { file: 'shop.yaml', text, ...BY, ...more })

  async function weightInForce() {
    const bucket = await bus.keyValue(bucketName('shop', 'cluster-file'))
    const current = await bucket.get('current')
    if (current === undefined) return undefined
    const { cluster } = clusterRevisionMessage.decode(current.value)
    return cluster.virtualServices[0]?.realServers[0]?.weight
  }

  async function events() {
    const log = await bus.log(eventStream('shop'))
    return (await log.tail(10)).map(({ payload }) => logEventMessage.decode(payload))
  }
  return { ask, apply, weightInForce, events }
}

describe('apply', () => {
  test('puts a good file in force for everybody, with an event that says who and why', async () => {
    const { apply, weightInForce, events } = await setUp()
    const answer = await apply(fileOf(50))
    expect(answer).toEqual({
      applied: true,
      changed: true,
      revision: 1,
      file: 'shop.yaml',
      findings: [],
    })
    expect(await weightInForce()).toBe(50)
    expect(await events()).toMatchObject([
      {
        type: 'cluster-file',
        by: 'anna',
        to: 'applied',
        message: 'anna put shop.yaml in force as revision 1: more load',
      },
    ])
  })

  test('of a bad file says what is wrong, changes nothing, and the log knows', async () => {
    const { apply, weightInForce, events } = await setUp()
    await apply(fileOf(50))
    const answer = await apply(fileOf(70).replace('forwarding', 'forwadring'))
    expect(answer).toMatchObject({ applied: false, changed: false, revision: 1 })
    expect(answer.findings).toContainEqual(
      expect.objectContaining({ severity: 'error', rule: 'unknown-key', line: 6 }),
    )
    expect(await weightInForce()).toBe(50)
    expect((await events()).at(-1)).toMatchObject({
      to: 'refused',
      message: expect.stringMatching(/^cluster file refused, nothing changed: shop\.yaml:\d+:/),
    })
  })

  test('refuses the file of another cluster', async () => {
    const { apply, weightInForce } = await setUp()
    const { applied, revision, findings } = await apply(fileOf(50, 'office'))
    expect({ applied, revision }).toEqual({ applied: false, revision: 0 })
    expect(findings).toMatchObject([{ rule: 'renamed-cluster', path: 'cluster' }])
    expect(await weightInForce()).toBeUndefined()
  })

  test('refuses when another revision is in force than the operator thinks', async () => {
    const { apply, weightInForce } = await setUp()
    await apply(fileOf(50), { expect: 0 })
    await apply(fileOf(60), { expect: 1 })
    await expect(apply(fileOf(70), { expect: 1 })).rejects.toMatchObject({
      code: 'api.conflict',
      message: 'revision 2 is in force, put there by anna, not 1; nothing was changed',
    })
    expect(await weightInForce()).toBe(60)
  })

  test('of the text that is in force already makes no new revision', async () => {
    const { apply, ask } = await setUp()
    await apply(fileOf(50))
    expect(await apply(fileOf(50))).toMatchObject({ applied: true, changed: false, revision: 1 })
    expect((await ask(api.revisions, {})).revisions).toHaveLength(1)
  })

  test('where a file is followed reminds that the next start reads that one', async () => {
    const { apply } = await setUp('/etc/shop.yaml')
    const { applied, findings } = await apply(fileOf(50))
    expect(applied).toBe(true)
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        rule: 'followed-file',
        message: expect.stringContaining('/etc/shop.yaml'),
      },
    ])
  })
})

describe('revisions and rollback', () => {
  test('lists what was in force and shows each text', async () => {
    const { apply, ask } = await setUp()
    expect(await ask(api.revisions, {})).toEqual({ current: 0, revisions: [] })
    await apply(fileOf(50))
    await apply(fileOf(60))
    expect(await ask(api.revisions, {})).toMatchObject({
      current: 2,
      revisions: [
        { revision: 1, by: 'anna', reason: 'more load', file: 'shop.yaml' },
        { revision: 2 },
      ],
    })
    expect((await ask(api.revision, { revision: 1 })).text).toBe(fileOf(50))
    await expect(ask(api.revision, { revision: 9 })).rejects.toMatchObject({
      code: 'api.unknown-target',
    })
  })

  test('goes back to the one before, as a new revision that says so', async () => {
    const { apply, ask, weightInForce, events } = await setUp()
    await apply(fileOf(50))
    await apply(fileOf(60))
    expect(await ask(api.rollback, BY)).toMatchObject({ applied: true, revision: 3 })
    expect(await weightInForce()).toBe(50)
    expect((await ask(api.revisions, {})).revisions.at(-1)).toMatchObject({ restores: 1 })
    expect((await events()).at(-1)?.message).toBe(
      'anna brought revision 1 back as revision 3: more load',
    )
  })

  test('goes back to a given one', async () => {
    const { apply, ask, weightInForce } = await setUp()
    for (const weight of [50, 60, 70]) await apply(fileOf(weight))
    await ask(api.rollback, { to: 1, ...BY })
    expect(await weightInForce()).toBe(50)
  })

  test('has nowhere to go from the first one', async () => {
    const { apply, ask } = await setUp()
    const refused = { code: 'api.refused' }
    await expect(ask(api.rollback, BY)).rejects.toMatchObject(refused)
    await apply(fileOf(50))
    await expect(ask(api.rollback, BY)).rejects.toMatchObject(refused)
  })
})

test('reload says what to do instead where no file is followed', async () => {
  const { ask } = await setUp()
  await expect(ask(api.reload, { by: 'anna' })).rejects.toMatchObject({
    code: 'api.refused',
    message: expect.stringContaining('lvsctl apply FILE'),
  })
})
