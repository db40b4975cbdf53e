import { expect, test } from 'vitest'
import { Attributes } from '../../../services/shared/adapters/netlink/attributes.ts'
import {
  type GenericNetlink,
  type NetlinkRequest,
  openGenericNetlink,
} from '../../../services/shared/adapters/netlink/generic-netlink.ts'
import { MessageWriter } from '../../../services/shared/adapters/netlink/message-writer.ts'
import {
  type NetlinkMessage,
  splitMessages,
} from '../../../services/shared/adapters/netlink/split-messages.ts'

const FAMILY = 30
const ERROR = 2
const DONE = 3
const CHANGED = 0x10

/** What the kernel is asked: the flags, too, which `splitMessages` does not tell. */
type Request = Extract<NetlinkMessage, { type: 'data' }> & { readonly flags: number }

/** Answers one send with datagrams. */
type Answer = (requests: readonly Request[]) => readonly Uint8Array[]

/** A door whose kernel gives these answers, one to each send after the family was found. */
async function open(...answers: readonly Answer[]) {
  const waiting: Uint8Array[] = []
  const script = [foundFamily, ...answers]
  let isClosed = false
  const netlink = await openGenericNetlink({ name: 'IPVS', version: 1 }, async () => ({
    send(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      let at = 0
      const requests = splitMessages(bytes.slice()).map((message) => {
        const flags = view.getUint16(at + 6, true)
        at += view.getUint32(at, true)
        return { ...(message as Request), flags }
      })
      waiting.push(...(script.shift() ?? (() => []))(requests))
    },
    receive() {
      const datagram = waiting.shift()
      if (datagram === undefined) throw new Error('it would wait for ever')
      return datagram
    },
    close() {
      isClosed = true
    },
  }))
  return { netlink, isClosed: () => isClosed }
}

function foundFamily([request]: readonly Request[]): readonly Uint8Array[] {
  const name = new Attributes(request?.payload ?? new Uint8Array()).text(2)
  expect(name).toBe('IPVS')
  return [entry(request, (writer) => writer.u16(1, FAMILY)), outcome(request, 0)]
}

function outcome(request: Request | undefined, errno: number, type = ERROR): Uint8Array {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32LE(20, 0)
  bytes.writeUInt16LE(type, 4)
  bytes.writeUInt32LE(request?.sequence ?? 0, 8)
  bytes.writeInt32LE(-errno, 16)
  return bytes
}

function entry(
  request: Request | undefined,
  write: (writer: MessageWriter) => void,
  flags = 0,
): Uint8Array {
  const writer = new MessageWriter()
  const sequence = request?.sequence ?? 0
  writer.begin({ type: FAMILY, flags, sequence, command: 1, version: 1 })
  write(writer)
  writer.end()
  return writer.bytes
}

const number = (value: number) => (writer: MessageWriter) => writer.u32(1, value)
const request = (value: number): NetlinkRequest => ({ command: 4, write: number(value) })
const list = (netlink: GenericNetlink) => {
  const values: (number | undefined)[] = []
  netlink.list(request(0), (payload) => values.push(new Attributes(payload).number(1)))
  return values
}

test('a batch is one send, of which only the last asks for an acknowledgement', async () => {
  let flags: readonly number[] = []
  const { netlink } = await open((requests) => {
    flags = requests.map((one) => one.flags)
    return [outcome(requests[2], 0)]
  })
  expect(netlink.transact([1, 2, 3].map(request))).toEqual(new Map())
  expect(flags).toEqual([1, 1, 5])
})

test('each refusal in a batch is found by its index, the last one included', async () => {
  const { netlink } = await open((requests) => [
    outcome(requests[0], 17),
    Buffer.concat([outcome(requests[2], 2), outcome(requests[3], 3)]),
  ])
  const refused = netlink.transact([1, 2, 3, 4].map(request))
  expect([...refused]).toEqual([
    [0, 17],
    [2, 2],
    [3, 3],
  ])
})

test('answers to what was asked before are not taken for answers to this', async () => {
  const late = { sequence: 1 } as Request
  const { netlink } = await open((requests) => [outcome(late, 17), outcome(requests[0], 0)])
  expect(netlink.transact([request(1)])).toEqual(new Map())
})

test('a list is read over several datagrams to its end', async () => {
  const { netlink } = await open(([one]) => [
    Buffer.concat([entry(one, number(1)), entry(one, number(2))]),
    entry(one, number(3)),
    outcome(one, 0, DONE),
  ])
  expect(list(netlink)).toEqual([1, 2, 3])
})

test('a list that changed while it was read is read again', async () => {
  const { netlink } = await open(
    ([one]) => [entry(one, number(1)), entry(one, number(1), CHANGED), outcome(one, 0, DONE)],
    ([one]) => [entry(one, number(1)), outcome(one, 0, DONE)],
  )
  expect(list(netlink)).toEqual([1])
})

test('a list that never keeps still is given up, and may be tried again later', async () => {
  const busy: Answer = ([one]) => [entry(one, number(1), CHANGED), outcome(one, 0, DONE)]
  const { netlink } = await open(busy, busy, busy, busy, busy)
  expect(() => list(netlink)).toThrow(
    expect.objectContaining({ code: 'ipvs.busy', retryable: true }),
  )
})

test('a refusal of a list or a question is thrown with its errno', async () => {
  const { netlink } = await open(
    ([one]) => [outcome(one, 1)],
    ([one]) => [outcome(one, 1)],
  )
  expect(() => list(netlink)).toThrow(expect.objectContaining({ errno: 'EPERM' }))
  expect(() => netlink.get(request(1))).toThrow(expect.objectContaining({ errno: 'EPERM' }))
})

test('a kernel without the family is told by name, and the socket is closed', async () => {
  let isClosed = false
  const waiting: Uint8Array[] = []
  const opening = openGenericNetlink({ name: 'IPVS', version: 1 }, async () => ({
    send(bytes) {
      waiting.push(outcome(splitMessages(bytes.slice())[0] as Request, 2))
    },
    receive: () => waiting.shift() ?? new Uint8Array(),
    close() {
      isClosed = true
    },
  }))
  await expect(opening).rejects.toMatchObject({ errno: 'ENOENT' })
  expect(isClosed).toBe(true)
})
