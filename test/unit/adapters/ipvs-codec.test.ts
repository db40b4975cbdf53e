import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeInfo,
  decodeServer,
  decodeService,
} from '../../../services/shared/adapters/netlink/decode-ipvs.ts'
import {
  commandOf,
  encodeChange,
  encodeServiceKey,
} from '../../../services/shared/adapters/netlink/encode-ipvs.ts'
import { MessageWriter } from '../../../services/shared/adapters/netlink/message-writer.ts'
import { splitMessages } from '../../../services/shared/adapters/netlink/split-messages.ts'
import { NO_CONNECTIONS, NO_TRAFFIC } from '../../../services/shared/domain/no-traffic.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import { at, head, row } from '../../contract/ipvs-table-builder.ts'
import { anyServer, anyService } from '../../support/table-arbitrary.ts'

const WEB = at('tcp', '192.0.2.10', 80)
const FAMILY = 30

/** A change as its message, and as the attributes in it. */
function encoded(change: Change): { readonly message: Uint8Array; readonly payload: Uint8Array } {
  const writer = new MessageWriter()
  writer.begin({ type: FAMILY, flags: 1, sequence: 7, command: commandOf(change), version: 1 })
  encodeChange(writer, change)
  writer.end()
  const [message] = splitMessages(writer.bytes)
  if (message?.type !== 'data') throw new Error('no message')
  return { message: writer.bytes, payload: message.payload }
}

describe('the codec of IPVS messages', () => {
  test('gives back every service that it encodes', () => {
    fc.assert(
      fc.property(anyService, ({ servers: _, ...service }) => {
        const { payload } = encoded({ type: 'add-service', service })
        expect(decodeService(payload)).toEqual({ ...service, stats: NO_TRAFFIC })
      }),
    )
  })

  test('gives back every row that it encodes, of either family', () => {
    const any = fc.constantFrom<4 | 6>(4, 6).chain((family) => anyServer(family))
    fc.assert(
      fc.property(any, (server) => {
        const { payload } = encoded({ type: 'add-server', service: WEB, server })
        const want = { ...server, counts: NO_CONNECTIONS, stats: NO_TRAFFIC }
        expect(decodeServer(payload, 4)).toEqual(want)
      }),
    )
  })

  test('lays a row out as linux/ip_vs.h says, byte by byte (on a little-endian machine)', () => {
    const server = row('10.0.0.1', 8080, { weight: 5 })
    const { message } = encoded({ type: 'edit-server', service: WEB, server })
    expect(Buffer.from(message).toString('hex')).toBe(
      // nlmsghdr and genlmsghdr: length 140, family, request, sequence, SET_DEST, version 1
      '8c0000001e000100070000000000000006010000' +
        // SERVICE { AF, PROTOCOL, ADDR, PORT }
        '300001800600010002000000060002000600000014000300c000020a' +
        '0000000000000000000000000600040000500000' +
        // DEST { ADDR_FAMILY, ADDR, PORT, FWD_METHOD, WEIGHT, U_THRESH, L_THRESH }
        '4800028006000b0002000000140001000a000001000000000000000000000000' +
        '060002001f900000080003000000000008000400050000000800050000000000' +
        '0800060000000000',
    )
  })

  test('names a row that is to go by its address alone', () => {
    const server = { address: '2001:db8::1', port: 53 }
    const { payload } = encoded({ type: 'remove-server', service: WEB, server })
    expect(decodeServer(payload, 4)).toMatchObject({ ...server, weight: 0 })
  })

  test('takes the address family of the service where a row has none, as kernels before 3.18', () => {
    const writer = new MessageWriter()
    const nest = writer.beginNest(2)
    writer.padded(1, Uint8Array.of(10, 0, 0, 1), 16)
    writer.be16(2, 80)
    writer.endNest(nest)
    expect(decodeServer(writer.bytes, 4)?.address).toBe('10.0.0.1')
    expect(decodeServer(writer.bytes, 6)?.address).toBe('a00:1::')
  })

  test('marks what the kernel delivers to itself', () => {
    const writer = new MessageWriter()
    const nest = writer.beginNest(2)
    writer.padded(1, Uint8Array.of(127, 0, 0, 1), 16)
    writer.be16(2, 80)
    writer.u32(3, 1)
    writer.endNest(nest)
    expect(decodeServer(writer.bytes, 4)).toMatchObject({ address: '127.0.0.1', local: true })
  })

  test('reads counters of 64 bits, and of 32 where there are no others', () => {
    const wide = new MessageWriter()
    encodeRow(wide, 12, (writer) => {
      writer.u32Pair(1, 5, 2)
      writer.u32Pair(4, 0xffff_ffff, 1)
    })
    expect(decodeServer(wide.bytes, 4)?.stats).toMatchObject({
      connections: 2 * 2 ** 32 + 5,
      inBytes: 2 ** 32 + 0xffff_ffff,
    })
    const narrow = new MessageWriter()
    encodeRow(narrow, 10, (writer) => writer.u32(1, 5))
    expect(decodeServer(narrow.bytes, 4)?.stats.connections).toBe(5)
  })

  test('reads the version in three parts', () => {
    const writer = new MessageWriter()
    writer.u32(1, 0x010201)
    writer.u32(2, 4096)
    expect(decodeInfo(writer.bytes)).toEqual({ version: '1.2.1', connectionTableSize: 4096 })
  })

  test('ignores a service of a family or protocol that it does not know', () => {
    const writer = new MessageWriter()
    const nest = writer.beginNest(1)
    writer.u16(1, 16)
    writer.text(6, 'rr')
    writer.endNest(nest)
    expect(decodeService(writer.bytes)).toBeUndefined()
  })

  test('never fails on bytes that are no messages', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        splitMessages(bytes)
        decodeService(bytes)
        decodeServer(bytes, 6)
        decodeInfo(bytes)
      }),
    )
  })

  test('never fails on a message with any one byte changed', () => {
    const { payload } = encoded({
      type: 'add-service',
      service: head(WEB, { persistence: { timeoutS: 60, netmask: 24, engine: 'sip' } }),
    })
    fc.assert(
      fc.property(fc.nat(payload.length - 1), fc.nat(255), (index, value) => {
        const broken = payload.slice()
        broken[index] = value
        decodeService(broken)
      }),
    )
  })

  test('encodes the key of a service as its listing asks for it', () => {
    const writer = new MessageWriter()
    encodeServiceKey(writer, { type: 'fwmark', family: 6, mark: 7 })
    expect(Buffer.from(writer.bytes).toString('hex')).toBe(
      `14000180${'060001000a000000'}${'0800050007000000'}`,
    )
  })
})

describe('splitMessages', () => {
  test('tells outcomes from data, and a list that changed while it was read', () => {
    const refused = Buffer.alloc(36)
    refused.writeUInt32LE(36, 0)
    refused.writeUInt16LE(2, 4)
    refused.writeUInt32LE(9, 8)
    refused.writeInt32LE(-17, 16)
    const data = Buffer.alloc(20)
    data.writeUInt32LE(20, 0)
    data.writeUInt16LE(FAMILY, 4)
    data.writeUInt16LE(0x12, 6)
    data.writeUInt32LE(10, 8)
    expect(splitMessages(Buffer.concat([refused, data]))).toEqual([
      { type: 'outcome', sequence: 9, errno: 17 },
      { type: 'data', sequence: 10, interrupted: true, payload: Buffer.alloc(0) },
    ])
  })
})

function encodeRow(
  writer: MessageWriter,
  stats: number,
  write: (writer: MessageWriter) => void,
): void {
  const nest = writer.beginNest(2)
  writer.padded(1, Uint8Array.of(10, 0, 0, 1), 16)
  writer.be16(2, 80)
  const inner = writer.beginNest(stats)
  write(writer)
  writer.endNest(inner)
  writer.endNest(nest)
}
