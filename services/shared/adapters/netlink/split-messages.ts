import { LITTLE_ENDIAN } from './native-order.ts'

/** One message of a datagram from the kernel (struct nlmsghdr). */
export type NetlinkMessage =
  | {
      /**
       * NLMSG_ERROR: the outcome of one request, 0 where it succeeded; or NLMSG_DONE, the end of a
       * list.
       */
      readonly type: 'outcome'
      readonly sequence: number
      /** A positive errno, or 0. */
      readonly errno: number
    }
  | {
      readonly type: 'data'
      readonly sequence: number
      /** NLM_F_DUMP_INTR: the list changed while it was read. */
      readonly interrupted: boolean
      /** Attributes, behind the generic netlink header. */
      readonly payload: Uint8Array
    }

const NLMSG_NOOP = 1
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_DUMP_INTR = 0x10
const HEADER_BYTES = 16
const GENERIC_HEADER_BYTES = 4

/** Takes a datagram apart; bytes that cannot be a message end the walk. */
export function splitMessages(datagram: Uint8Array): NetlinkMessage[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  const messages: NetlinkMessage[] = []
  let at = 0
  while (at + HEADER_BYTES <= datagram.length) {
    const length = view.getUint32(at, LITTLE_ENDIAN)
    if (length < HEADER_BYTES || at + length > datagram.length) break
    const type = view.getUint16(at + 4, LITTLE_ENDIAN)
    const flags = view.getUint16(at + 6, LITTLE_ENDIAN)
    const sequence = view.getUint32(at + 8, LITTLE_ENDIAN)
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      const hasCode = length >= HEADER_BYTES + 4
      const errno = hasCode ? Math.abs(view.getInt32(at + HEADER_BYTES, LITTLE_ENDIAN)) : 0
      messages.push({ type: 'outcome', sequence, errno })
    } else if (type !== NLMSG_NOOP) {
      const start = Math.min(at + HEADER_BYTES + GENERIC_HEADER_BYTES, at + length)
      const interrupted = (flags & NLM_F_DUMP_INTR) !== 0
      const payload = datagram.subarray(start, at + length)
      messages.push({ type: 'data', sequence, interrupted, payload })
    }
    at += (length + 3) & ~3
  }
  return messages
}
