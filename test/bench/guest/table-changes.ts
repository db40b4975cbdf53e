import type { Change, Table } from '../../../services/shared/domain/table.ts'
import type { ServiceAddress } from '../../../services/shared/domain/virtual-service.ts'

const SERVICES = 100
const SERVERS = 100

/** The table that is filled in: 100 services with 100 real servers each. */
export function benchTable(): Table {
  return Array.from({ length: SERVICES }, (_, service) => ({
    address: benchService(service),
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    servers: Array.from({ length: SERVERS }, (_, server) => benchServer(service, server)),
  }))
}

/** The changes that build it. */
export function benchChanges(): Change[] {
  return benchTable().flatMap(({ servers, ...service }): Change[] => [
    { type: 'add-service', service },
    ...servers.map(
      (server): Change => ({
        type: 'add-server',
        service: service.address,
        server,
      }),
    ),
  ])
}

/** One weight changed. */
export function benchEdit(weight: number): Change {
  return {
    type: 'edit-server',
    service: benchService(50),
    server: { ...benchServer(50, 50), weight },
  }
}

function benchService(index: number): ServiceAddress {
  return { type: 'address', protocol: 'tcp', family: 4, address: `192.0.2.${index}`, port: 80 }
}

function benchServer(service: number, server: number) {
  return {
    address: `10.0.${service}.${server}`,
    port: 80,
    forwarding: 'masquerade' as const,
    weight: 100,
    upperThreshold: 0,
    lowerThreshold: 0,
  }
}
