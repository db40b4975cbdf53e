import fc from 'fast-check'
import { addressFromBytes, type Family } from '../../services/shared/domain/ip-address.ts'
import { serverKey } from '../../services/shared/domain/server-key.ts'
import type { TableServer, TableService } from '../../services/shared/domain/table.ts'
import {
  type Persistence,
  SCHEDULERS,
  type SchedulerFlag,
  type ServiceAddress,
  serviceKey,
  type Tunnel,
} from '../../services/shared/domain/virtual-service.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const checksum = fc.constantFrom('none', 'checksum', 'remote')

/** Any address of a family; few of them, so that tables meet in some. */
export function anyAddress(family: Family): fc.Arbitrary<string> {
  const size = family === 4 ? 4 : 16
  const bytes = fc.uint8Array({ minLength: size, maxLength: size })
  const few = fc.integer({ min: 1, max: 9 }).map((last) => {
    return family === 4 ? `10.0.0.${last}` : `2001:db8::${last}`
  })
  return fc.oneof({ weight: 3, arbitrary: few }, bytes.map(addressFromBytes))
}

/** Any way to reach a virtual service. */
export const anyServiceAddress: fc.Arbitrary<ServiceAddress> = fc
  .constantFrom<Family>(4, 6)
  .chain((family) =>
    fc.oneof(
      fc.record({
        type: fc.constant('address' as const),
        protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
        family: fc.constant(family),
        address: anyAddress(family),
        port: fc.oneof(fc.constant(80), port),
      }),
      fc.record({
        type: fc.constant('fwmark' as const),
        family: fc.constant(family),
        mark: fc.integer({ min: 1, max: 0xffff_ffff }),
      }),
    ),
  )

const anyTunnel: fc.Arbitrary<Tunnel> = fc.oneof(
  fc.constant({ type: 'ipip' as const }),
  fc.record({ type: fc.constant('gue' as const), port, checksum }),
  fc.record({ type: fc.constant('gre' as const), checksum }),
)

/** Any row whose own address is of a family. */
export function anyServer(family: Family): fc.Arbitrary<TableServer> {
  const way = fc.oneof(
    fc.record({ forwarding: fc.constantFrom('masquerade', 'direct-route') }),
    fc.record({ forwarding: fc.constant('tunnel' as const), tunnel: anyTunnel }),
  )
  const numbers = fc.record({
    address: anyAddress(family),
    port: fc.constantFrom(80, 8080),
    weight: fc.integer({ min: 0, max: 65_535 }),
    upperThreshold: fc.integer({ min: 100, max: 0xffff_ffff }),
    lowerThreshold: fc.integer({ min: 0, max: 100 }),
  })
  return fc.tuple(numbers, way).map(([a, b]) => ({ ...a, ...b }))
}

function anyPersistence(family: Family): fc.Arbitrary<Persistence | undefined> {
  const timeoutS = fc.integer({ min: 1, max: 86_400 })
  const netmask = fc.integer({ min: 1, max: family === 4 ? 32 : 128 })
  return fc.option(
    fc.oneof(
      fc.record({ timeoutS, netmask }),
      fc.record({ timeoutS, netmask, engine: fc.constant('sip' as const) }),
    ),
    { nil: undefined },
  )
}

const FLAGS: Readonly<Record<string, readonly SchedulerFlag[]>> = {
  sh: ['sh-fallback', 'sh-port'],
  mh: ['mh-fallback', 'mh-port'],
}

/** Any service, its rows unique. */
export const anyService: fc.Arbitrary<TableService> = fc
  .tuple(anyServiceAddress, fc.constantFrom(...SCHEDULERS))
  .chain(([address, scheduler]) =>
    fc
      .record({
        schedulerFlags: fc.subarray([...(FLAGS[scheduler] ?? ['flag-1', 'flag-2', 'flag-3'])]),
        onePacket: fc.boolean(),
        persistence: anyPersistence(address.family),
        servers: fc.uniqueArray(anyServer(address.family), { selector: serverKey, maxLength: 8 }),
      })
      .map(({ persistence, ...rest }) => ({
        ...{ address, scheduler },
        ...rest,
        ...(persistence === undefined ? {} : { persistence }),
      })),
  ) as fc.Arbitrary<TableService>

/** Any table, its services unique. */
export const anyTable: fc.Arbitrary<TableService[]> = fc.uniqueArray(anyService, {
  selector: ({ address }) => serviceKey(address),
  maxLength: 6,
})

/**
 * Two tables as one becomes the other: services and rows kept, changed, added and gone. Unrelated
 * tables would hardly ever meet in a row.
 */
export const anyTwoTables: fc.Arbitrary<readonly [TableService[], TableService[]]> = fc
  .tuple(anyTable, anyTable)
  .chain(([before, fresh]) =>
    fc
      .tuple(...before.map((service) => fc.option(anySuccessor(service), { nil: undefined })))
      .map((kept) => {
        const after = kept.filter((service) => service !== undefined)
        const keys = new Set(after.map(({ address }) => serviceKey(address)))
        const added = fresh.filter(({ address }) => !keys.has(serviceKey(address)))
        return [before, [...after, ...added]] as const
      }),
  )

function anySuccessor(service: TableService): fc.Arbitrary<TableService> {
  const changed = anyService.map((other) => ({
    ...other,
    address: service.address,
    persistence: { timeoutS: 60, netmask: 32 },
    servers: service.servers,
  }))
  const weights = fc
    .array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), {
      minLength: service.servers.length,
      maxLength: service.servers.length,
    })
    .map((list) => ({
      ...service,
      servers: service.servers.flatMap((server, index) => {
        const weight = list[index]
        return weight === undefined ? [] : [{ ...server, weight }]
      }),
    }))
  const more = anyServer(service.address.family).map((server) => ({
    ...service,
    servers: [server, ...service.servers.filter((one) => serverKey(one) !== serverKey(server))],
  }))
  return fc.oneof(fc.constant(service), changed, weights, more)
}
