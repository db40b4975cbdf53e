import assert from 'node:assert/strict'
import type { Change, TableService } from '../../services/shared/domain/table.ts'
import { SCHEDULERS, type Tunnel } from '../../services/shared/domain/virtual-service.ts'
import type { IpvsTable } from '../../services/shared/ports/ipvs-table.ts'
import { at, building, head, plain, row } from './ipvs-table-builder.ts'

/** One rule that every table keeps, tried on an empty one; rejects when it does not. */
export interface ContractCase {
  readonly name: string
  run(table: IpvsTable): Promise<void>
}

const WEB = at('tcp', '192.0.2.10', 80)
const DNS = at('udp', '2001:db8::53', 53)

/**
 * The rules for each adapter of `IpvsTable`: plain values, so that they run inside a guest, too.
 */
export const ipvsTableContract: readonly ContractCase[] = [
  {
    name: 'an empty table reads as empty and says what it is',
    async run(table) {
      assert.deepEqual(await table.read(), [])
      assert.equal(typeof (await table.describe()), 'object')
    },
  },
  {
    name: 'no changes are no failures',
    async run(table) {
      assert.deepEqual(await table.apply([]), [])
    },
  },
  readsBack('services of every protocol, family and kind', [
    { ...head(WEB), servers: [] },
    { ...head(DNS), servers: [] },
    { ...head(at('udp', '192.0.2.10', 80)), servers: [] },
    { ...head(at('sctp', '192.0.2.10', 80)), servers: [] },
    { ...head({ type: 'fwmark', family: 4, mark: 7 }), servers: [] },
    { ...head({ type: 'fwmark', family: 6, mark: 7 }), servers: [] },
    { ...head({ type: 'fwmark', family: 4, mark: 0xffff_ffff }), servers: [] },
  ]),
  readsBack(
    'every scheduler',
    SCHEDULERS.map((scheduler, index) => ({
      ...head(at('tcp', '192.0.2.10', 1000 + index), { scheduler }),
      servers: [row('10.0.0.1', 1000 + index)],
    })),
  ),
  readsBack('flags of schedulers', [
    { ...head(WEB, { scheduler: 'sh', schedulerFlags: ['sh-fallback'] }), servers: [] },
    { ...head(DNS, { scheduler: 'mh', schedulerFlags: ['mh-fallback', 'mh-port'] }), servers: [] },
    {
      ...head(
        { type: 'fwmark', family: 4, mark: 9 },
        {
          scheduler: 'rr',
          schedulerFlags: ['flag-1', 'flag-2', 'flag-3'],
        },
      ),
      servers: [],
    },
  ]),
  readsBack('persistence with netmask and engine, and one-packet', [
    { ...head(WEB, { persistence: { timeoutS: 300, netmask: 32 } }), servers: [] },
    {
      ...head(at('tcp', '192.0.2.10', 81), { persistence: { timeoutS: 1, netmask: 24 } }),
      servers: [],
    },
    { ...head(DNS, { persistence: { timeoutS: 60, netmask: 64 }, onePacket: true }), servers: [] },
    {
      ...head(at('udp', '192.0.2.10', 5060), {
        persistence: { timeoutS: 60, netmask: 32, engine: 'sip' },
      }),
      servers: [],
    },
  ]),
  readsBack('rows of every forwarding method, with weights and thresholds', [
    {
      ...head(WEB),
      servers: [
        row('10.0.0.1', 8080, { weight: 0 }),
        row('10.0.0.2', 80, { forwarding: 'direct-route', weight: 65_535 }),
        row('10.0.0.3', 80, { forwarding: 'tunnel', upperThreshold: 100, lowerThreshold: 50 }),
      ],
    },
    { ...head(DNS), servers: [row('2001:db8::1', 5353), row('2001:db8::2', 53)] },
    {
      ...head({ type: 'fwmark', family: 6, mark: 7 }),
      servers: [row('2001:db8::3', 0, { forwarding: 'direct-route' })],
    },
  ]),
  readsBack('tunnels of every kind, also to the other family', [
    { ...head(WEB), servers: tunnels().map((tunnel, i) => tunnelRow(`10.0.0.${i + 1}`, tunnel)) },
    {
      ...head(at('tcp', '192.0.2.11', 80)),
      servers: [row('2001:db8::9', 80, { forwarding: 'tunnel' })],
    },
  ]),
  {
    name: 'a service is edited in place and keeps its rows',
    async run(table) {
      const before = {
        ...head(WEB, { persistence: { timeoutS: 60, netmask: 24 } }),
        servers: [row('10.0.0.1', 80)],
      }
      await table.apply(building([before]))
      const after = head(WEB, { scheduler: 'mh', schedulerFlags: ['mh-port'] })
      assert.deepEqual(await table.apply([{ type: 'edit-service', service: after }]), [])
      assert.deepEqual(plain(await table.read()), plain([{ ...after, servers: before.servers }]))
    },
  },
  {
    name: 'a row is edited in every field',
    async run(table) {
      const old = row('10.0.0.1', 80, {
        forwarding: 'tunnel',
        tunnel: { type: 'gue', port: 6080, checksum: 'checksum' },
        ...{ weight: 5, upperThreshold: 20, lowerThreshold: 10 },
      })
      await table.apply(building([{ ...head(WEB), servers: [old, row('10.0.0.2', 80)] }]))
      const now = row('10.0.0.1', 80, { forwarding: 'direct-route', weight: 0 })
      const edit: Change = { type: 'edit-server', service: WEB, server: now }
      assert.deepEqual(await table.apply([edit]), [])
      const want = [{ ...head(WEB), servers: [now, row('10.0.0.2', 80)] }]
      assert.deepEqual(plain(await table.read()), plain(want))
    },
  },
  {
    name: 'rows and services are removed, a service with its rows',
    async run(table) {
      const rows = [row('10.0.0.1', 80), row('10.0.0.2', 80)]
      await table.apply(
        building([
          { ...head(WEB), servers: rows },
          { ...head(DNS), servers: [row('2001:db8::1', 53)] },
        ]),
      )
      const server = { address: '10.0.0.1', port: 80 }
      const changes: Change[] = [
        { type: 'remove-server', service: WEB, server },
        { type: 'remove-service', service: DNS },
      ]
      assert.deepEqual(await table.apply(changes), [])
      assert.deepEqual(plain(await table.read()), plain([{ ...head(WEB), servers: rows.slice(1) }]))
    },
  },
  {
    name: 'what cannot be done is refused by name, and the rest is done',
    async run(table) {
      await table.apply(building([{ ...head(WEB), servers: [row('10.0.0.1', 80)] }]))
      const changes: readonly (readonly [Change, string | undefined])[] = [
        [{ type: 'add-service', service: head(WEB, { scheduler: 'rr' }) }, 'EEXIST'],
        [
          { type: 'add-server', service: WEB, server: row('10.0.0.1', 80, { weight: 9 }) },
          'EEXIST',
        ],
        [{ type: 'add-server', service: WEB, server: row('10.0.0.2', 80) }, undefined],
        [{ type: 'edit-service', service: head(DNS) }, 'ESRCH'],
        [{ type: 'remove-service', service: DNS }, 'ESRCH'],
        [{ type: 'add-server', service: DNS, server: row('2001:db8::1', 53) }, 'ESRCH'],
        [{ type: 'edit-server', service: WEB, server: row('10.0.0.9', 80) }, 'ENOENT'],
        [
          { type: 'remove-server', service: WEB, server: { address: '10.0.0.1', port: 81 } },
          'ENOENT',
        ],
        [{ type: 'add-service', service: head(DNS, { scheduler: 'nosuch' }) }, 'ENOENT'],
        [
          { type: 'edit-server', service: WEB, server: row('10.0.0.2', 80, { lowerThreshold: 1 }) },
          'ERANGE',
        ],
        [{ type: 'add-server', service: WEB, server: row('2001:db8::1', 80) }, 'EINVAL'],
        [{ type: 'add-server', service: WEB, server: row('10.0.0.3', 80) }, undefined],
      ]
      const failures = await table.apply(changes.map(([change]) => change))
      const got = changes.map(([change]) => failures.find((one) => one.change === change)?.code)
      assert.deepEqual(
        got,
        changes.map(([, code]) => code),
      )
      for (const { message, code } of failures) assert.match(message, new RegExp(`${code}\\)$`))
      const servers = [1, 2, 3].map((octet) => row(`10.0.0.${octet}`, 80))
      assert.deepEqual(plain(await table.read()), plain([{ ...head(WEB), servers }]))
    },
  },
  {
    name: 'a thousand rows go in, change and read back, and one refusal among them is found',
    async run(table) {
      const rows = Array.from({ length: 1000 }, (_, i) => row(`10.1.${i >> 8}.${i & 255}`, 80))
      const addAgain: Change = { type: 'add-server', service: WEB, server: row('10.1.2.3', 80) }
      const failures = await table.apply([
        ...building([{ ...head(WEB), servers: rows }]),
        addAgain,
        ...rows.map((server): Change => {
          return { type: 'edit-server', service: WEB, server: { ...server, weight: 7 } }
        }),
      ])
      assert.deepEqual(
        failures.map(({ change, code }) => [change, code]),
        [[addAgain, 'EEXIST']],
      )
      const servers = rows.map((server) => ({ ...server, weight: 7 }))
      assert.deepEqual(plain(await table.read()), plain([{ ...head(WEB), servers }]))
    },
  },
  {
    name: 'a thousand refusals are a thousand failures, none of them lost',
    async run(table) {
      const rows = Array.from({ length: 1000 }, (_, i) => row(`10.1.${i >> 8}.${i & 255}`, 80))
      await table.apply([{ type: 'add-service', service: head(WEB) }])
      const edits = rows.map((server): Change => ({ type: 'edit-server', service: WEB, server }))
      const failures = await table.apply(edits)
      assert.deepEqual(
        failures.map(({ change }) => change),
        edits,
      )
      assert.deepEqual(new Set(failures.map(({ code }) => code)), new Set(['ENOENT']))
    },
  },
  {
    name: 'counters of what no client reached are zero',
    async run(table) {
      await table.apply(building([{ ...head(WEB), servers: [row('10.0.0.1', 80)] }]))
      const [service] = await table.read()
      const [server] = service?.servers ?? []
      assert.deepEqual(server?.counts, { active: 0, inactive: 0, persistent: 0 })
      assert.deepEqual(new Set(Object.values(server?.stats ?? {})), new Set([0]))
      assert.deepEqual(service?.stats, server?.stats)
    },
  },
]

function readsBack(what: string, table: readonly TableService[]): ContractCase {
  return {
    name: `${what} read back as they were added`,
    async run(under) {
      assert.deepEqual(await under.apply(building(table)), [])
      assert.deepEqual(plain(await under.read()), plain(table))
    },
  }
}

function tunnels(): readonly Tunnel[] {
  const checksums = ['none', 'checksum', 'remote'] as const
  return [
    { type: 'ipip' },
    ...checksums.map((checksum) => ({ type: 'gue', port: 6080, checksum }) as const),
    ...checksums.slice(0, 2).map((checksum) => ({ type: 'gre', checksum }) as const),
  ]
}

function tunnelRow(address: string, tunnel: Tunnel) {
  return row(address, 80, { forwarding: 'tunnel', tunnel })
}
