import { addressBytes } from '../../domain/ip-address.ts'
import { schedulerFlagBits } from '../../domain/scheduler-flags.ts'
import type { Change, TableServer, TableServiceHead } from '../../domain/table.ts'
import type { ServiceAddress } from '../../domain/virtual-service.ts'
import {
  ADDRESS_FAMILY,
  COMMAND,
  FLAG,
  FORWARDING,
  PROTOCOL,
  SERVER,
  SERVICE,
  TOP,
  TUNNEL,
  TUNNEL_CHECKSUM,
} from './ipvs-protocol.ts'
import type { MessageWriter } from './message-writer.ts'

const ALL_BITS = 0xffff_ffff
/** sizeof(union nf_inet_addr): an IPv4 address fills its first 4 bytes. */
const ADDRESS_SIZE = 16

/** The command that a change is (IPVS_CMD_*). */
export function commandOf(change: Change): number {
  switch (change.type) {
    case 'add-service':
      return COMMAND.newService
    case 'edit-service':
      return COMMAND.setService
    case 'remove-service':
      return COMMAND.deleteService
    case 'add-server':
      return COMMAND.newServer
    case 'edit-server':
      return COMMAND.setServer
    case 'remove-server':
      return COMMAND.deleteServer
  }
}

/** Writes the attributes of a change into the message that was begun. */
export function encodeChange(writer: MessageWriter, change: Change): void {
  switch (change.type) {
    case 'add-service':
    case 'edit-service':
      encodeService(writer, change.service)
      break
    case 'remove-service':
      encodeServiceKey(writer, change.service)
      break
    case 'add-server':
    case 'edit-server':
      encodeServiceKey(writer, change.service)
      encodeServer(writer, change.server)
      break
    case 'remove-server': {
      encodeServiceKey(writer, change.service)
      const nest = writer.beginNest(TOP.server)
      writeServerKey(writer, change.server)
      writer.endNest(nest)
    }
  }
}

/** Writes a service's identity alone, as removals and listings of its rows want it. */
export function encodeServiceKey(writer: MessageWriter, address: ServiceAddress): void {
  const nest = writer.beginNest(TOP.service)
  writeServiceKey(writer, address)
  writer.endNest(nest)
}

function encodeService(writer: MessageWriter, head: TableServiceHead): void {
  const nest = writer.beginNest(TOP.service)
  writeServiceKey(writer, head.address)
  const { family } = head.address
  const { persistence } = head
  const flags =
    (persistence === undefined ? 0 : FLAG.persistent) |
    (head.onePacket ? FLAG.onePacket : 0) |
    (schedulerFlagBits(head.schedulerFlags) << FLAG.schedulerShift)
  writer.text(SERVICE.scheduler, head.scheduler)
  writer.u32Pair(SERVICE.flags, flags, ALL_BITS)
  writer.u32(SERVICE.timeout, persistence?.timeoutS ?? 0)
  const prefix = persistence?.netmask ?? (family === 4 ? 32 : 128)
  if (family === 4) writer.be32(SERVICE.netmask, maskOfPrefix(prefix))
  else writer.u32(SERVICE.netmask, prefix)
  if (persistence?.engine !== undefined) writer.text(SERVICE.engine, persistence.engine)
  writer.endNest(nest)
}

function writeServiceKey(writer: MessageWriter, address: ServiceAddress): void {
  writer.u16(SERVICE.family, ADDRESS_FAMILY[address.family])
  if (address.type === 'fwmark') writer.u32(SERVICE.fwmark, address.mark)
  else {
    writer.u16(SERVICE.protocol, PROTOCOL[address.protocol])
    writer.padded(SERVICE.address, addressBytes(address.address), ADDRESS_SIZE)
    writer.be16(SERVICE.port, address.port)
  }
}

function encodeServer(writer: MessageWriter, server: TableServer): void {
  const nest = writer.beginNest(TOP.server)
  writeServerKey(writer, server)
  writer.u32(SERVER.forwarding, FORWARDING[server.forwarding])
  writer.u32(SERVER.weight, server.weight)
  writer.u32(SERVER.upperThreshold, server.upperThreshold)
  writer.u32(SERVER.lowerThreshold, server.lowerThreshold)
  const tunnel = server.forwarding === 'tunnel' ? server.tunnel : undefined
  if (tunnel !== undefined) {
    writer.u8(SERVER.tunnelType, TUNNEL[tunnel.type])
    if (tunnel.type === 'gue') writer.be16(SERVER.tunnelPort, tunnel.port)
    if (tunnel.type !== 'ipip') writer.u16(SERVER.tunnelFlags, TUNNEL_CHECKSUM[tunnel.checksum])
  }
  writer.endNest(nest)
}

function writeServerKey(
  writer: MessageWriter,
  server: Pick<TableServer, 'address' | 'port'>,
): void {
  const bytes = addressBytes(server.address)
  writer.u16(SERVER.family, ADDRESS_FAMILY[bytes.length === 4 ? 4 : 6])
  writer.padded(SERVER.address, bytes, ADDRESS_SIZE)
  writer.be16(SERVER.port, server.port)
}

function maskOfPrefix(prefix: number): number {
  return prefix === 0 ? 0 : (ALL_BITS << (32 - prefix)) >>> 0
}
