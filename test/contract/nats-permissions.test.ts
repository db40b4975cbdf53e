import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usersConfig } from '../../services/shared/adapters/nats/server-config.ts'
import type { NatsBus } from '../../services/shared/adapters/nats-bus.ts'
import { BUS_ROLES, type BusRole } from '../../services/shared/wire/bus-role-needs.ts'
import { connectNats, type NatsClient } from '../support/nats-client.ts'
import { type NatsServer, natsSkipReason, startNatsServer } from '../support/nats-server.ts'
import { bytes, text } from './bus-under-test.ts'

const PATIENCE = { timeout: 10_000, interval: 10 }
const LEASE = { ttlMs: 60_000 }

/** What the server lets through for a role, tried out. */
type Deed = (role: BusRole) => Promise<boolean>

/** Alerters only read what is raised. */
const ALL_BUT_ALERTERS = BUS_ROLES.filter((role) => role !== 'alerter')

describe.skipIf(natsSkipReason !== '')(`roles of a nats-server${natsSkipReason}`, () => {
  let server: NatsServer
  const clients = new Map<BusRole, NatsClient>()

  beforeAll(async () => {
    server = await startNatsServer({
      files: {
        'passwords.conf': BUS_ROLES.map(
          (role) => `${role.toUpperCase()}_PASSWORD: "pw of ${role}"\n`,
        ).join(''),
        'users.conf': usersConfig('shop', 'passwords.conf'),
      },
      config: 'include "users.conf"',
    })
    for (const role of BUS_ROLES) {
      const passwordFile = join(server.dir, `${role}.password`)
      writeFileSync(passwordFile, `pw of ${role}\n`)
      const flags = { natsUrl: server.url, natsUser: role, natsPasswordFile: passwordFile }
      clients.set(role, await connectNats(flags, { role }))
    }
    await makeStores(busOf('controller'))
    await fillStores(busOf('admin'))
  })

  afterAll(async () => {
    for (const { bus } of clients.values()) await bus.close()
    await server?.remove()
  })

  function clientOf(role: BusRole): NatsClient {
    const client = clients.get(role)
    if (client === undefined) throw new Error(`no client for ${role}`)
    return client
  }

  function busOf(role: BusRole): NatsBus {
    return clientOf(role).bus
  }

  const publishes =
    (subject: string): Deed =>
    async (role) => {
      const seen: string[] = []
      const stop = busOf('admin').subscribe(subject, (payload) => seen.push(text(payload)))
      await busOf('admin').settled()
      busOf(role).publish(subject, bytes(role))
      await busOf(role).settled()
      await busOf('admin').settled()
      stop()
      return seen.includes(role)
    }

  const hears =
    (subject: string): Deed =>
    async (role) => {
      const seen: string[] = []
      const stop = busOf(role).subscribe(subject, (payload) => seen.push(text(payload)))
      await busOf(role).settled()
      busOf('admin').publish(subject, bytes('x'))
      await busOf('admin').settled()
      await busOf(role).settled()
      stop()
      return seen.length === 1
    }

  const writes =
    (bucket: string, key: string): Deed =>
    (role) =>
      works(async () => {
        const store = await busOf(role).keyValue(bucket, bucket === 'shop-lease' ? LEASE : {})
        await store.put(key, bytes(role))
      })

  const reads =
    (bucket: string): Deed =>
    (role) =>
      works(async () => {
        const store = await busOf(role).keyValue(bucket, bucket === 'shop-lease' ? LEASE : {})
        expect(text((await store.get('kept'))?.value)).toBe('by admin')
        expect((await store.entries()).map(({ key }) => key)).toContain('kept')
        const seen: string[] = []
        const stop = store.watch(({ key }) => seen.push(key))
        await expect.poll(() => seen, PATIENCE).toContain('kept')
        stop()
      })

  const appends =
    (log: string): Deed =>
    (role) =>
      works(async () => {
        await (await busOf(role).log(log)).append(bytes(role))
      })

  const follows =
    (log: string): Deed =>
    (role) =>
      works(async () => {
        expect((await (await busOf(role).log(log)).tail(1000)).length).toBeGreaterThan(0)
      })

  const makes =
    (bucket: string): Deed =>
    (role) =>
      works(async () => {
        await busOf(role).keyValue(bucket)
      })

  const answers =
    (subject: string): Deed =>
    async (role) => {
      const stop = busOf(role).reply(subject, () => bytes(role))
      await busOf(role).settled()
      const answer = await busOf('admin')
        .request(subject, bytes(''), 2000)
        .catch(() => undefined)
      stop()
      return text(answer) === role
    }

  test.each<[string, Deed, readonly BusRole[]]>([
    ['publish observations', publishes('lvs.shop.observations.p1'), ['prober']],
    ['publish heartbeats', publishes('lvs.shop.heartbeat.p1'), ['prober']],
    ['publish tables', publishes('lvs.shop.table.lvs1'), ['controller']],
    ['say that they lead', publishes('lvs.shop.leading'), ['controller']],
    ['report for directors', publishes('lvs.shop.report.lvs1'), ['director']],
    ['ask for a drain', publishes('lvs.shop.api.drain'), ['console']],
    ['write to another cluster', publishes('lvs.other.table.lvs1'), []],
    ['hear tables', hears('lvs.shop.table.lvs1'), ['director']],
    ['hear observations', hears('lvs.shop.observations.p1'), ['controller', 'historian']],
    ['hear who leads', hears('lvs.shop.leading'), ALL_BUT_ALERTERS],
    ['hear answers to others', hears('_INBOX.console.x'), ['console']],
    ['answer a drain', answers('lvs.shop.api.drain'), ['controller', 'console']],
    ['answer a check by hand', answers('lvs.shop.api.check'), ['controller', 'prober', 'console']],
    ['take the lease of controllers', writes('shop-lease', 'controller'), ['controller']],
    ['take the lease of alerters', writes('shop-lease', 'alerter'), ['alerter']],
    ['write overrides', writes('shop-overrides', 'web1'), ['controller']],
    ['write the cluster file', writes('shop-cluster-file', 'current'), ['controller', 'console']],
    ['write what directors remember', writes('shop-directors', 'lvs1'), ['director']],
    ['write users', writes('shop-users', 'eve'), ['console']],
    ['read the cluster file', reads('shop-cluster-file'), BUS_ROLES],
    ['read alerts', reads('shop-alerts'), ['controller', 'console', 'historian', 'alerter']],
    ['write what people were told', writes('shop-alerter', 'webhook.a'), ['alerter']],
    ['write maintenance windows', writes('shop-windows', 'window.a'), ['controller']],
    ['read users', reads('shop-users'), ['console']],
    ['keep plans', writes('shop-plans', 'a1'), ['console']],
    ['read plans', reads('shop-plans'), ['console']],
    ['read overrides', reads('shop-overrides'), ['controller', 'console', 'historian']],
    ['append events', appends('shop-events'), ['controller', 'console', 'historian', 'alerter']],
    ['append to the audit log', appends('shop-audit'), ['console']],
    ['follow events', follows('shop-events'), ['controller', 'console', 'historian', 'alerter']],
    ['follow the audit log', follows('shop-audit'), ['console']],
    ['make a bucket', makes('shop-new'), []],
  ])(
    'who may %s',
    async (_, deed, wanted) => {
      const may: BusRole[] = []
      for (const role of BUS_ROLES) if (await deed(role)) may.push(role)
      expect(may).toEqual(BUS_ROLES.filter((role) => role === 'admin' || wanted.includes(role)))
    },
    60_000,
  )
})

const BUCKETS = ['cluster-file', 'overrides', 'directors', 'users', 'alerts', 'historian', 'plans']

/** As the first controller does; the other roles find them. */
async function makeStores(bus: NatsBus): Promise<void> {
  for (const name of BUCKETS) await bus.keyValue(`shop-${name}`)
  await bus.keyValue('shop-lease', LEASE)
  for (const name of ['events', 'audit']) await bus.log(`shop-${name}`)
}

/** Something to read. */
async function fillStores(bus: NatsBus): Promise<void> {
  for (const name of BUCKETS) {
    await (await bus.keyValue(`shop-${name}`)).put('kept', bytes('by admin'))
  }
  for (const name of ['events', 'audit']) await (await bus.log(`shop-${name}`)).append(bytes('x'))
}

async function works(deed: () => Promise<void>): Promise<boolean> {
  try {
    await deed()
    return true
  } catch {
    return false
  }
}
