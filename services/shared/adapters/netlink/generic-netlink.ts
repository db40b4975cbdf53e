import { ServiceError } from '../../runtime/service-error.ts'
import { errnoName } from '../errno-name.ts'
import { Attributes } from './attributes.ts'
import { MessageWriter } from './message-writer.ts'
import { type NetlinkSocket, openNetlinkSocket } from './netlink-socket.ts'
import { splitMessages } from './split-messages.ts'

/** A request: a command of the family and what writes its attributes. */
export interface NetlinkRequest {
  readonly command: number
  write(writer: MessageWriter): void
}

/**
 * A family's door to the kernel. Every call is one exchange from start to end and blocks for it.
 */
export interface GenericNetlink {
  /**
   * Sends all requests at once and returns the errno of each that was refused, by its index.
   * Throws a `ServiceError` when the outcome of some is not known.
   */
  transact(requests: readonly NetlinkRequest[]): Map<number, number>
  /**
   * Asks for a list and hands over each entry's attributes. Throws an `ErrnoError` when refused.
   */
  list(request: NetlinkRequest, entry: (payload: Uint8Array) => void): void
  /** Asks one thing and returns the answer's attributes. Throws an `ErrnoError` when refused. */
  get(request: NetlinkRequest): Uint8Array
  close(): void
}

const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLM_F_DUMP = 0x300
const LIST_ATTEMPTS = 5

/** nlctrl, the family that knows the families (linux/genetlink.h). */
const CONTROL = { type: 16, version: 1, getFamily: 3, familyId: 1, familyName: 2 } as const

/** The kernel refused a request as a whole. */
export class ErrnoError extends ServiceError {
  /** Symbolic, `EPERM`. */
  readonly errno: string

  constructor(errno: string) {
    super('ipvs.refused', `the kernel refused (${errno})`)
    this.errno = errno
  }
}

/**
 * Opens the door to a family; throws an `ErrnoError` with `ENOENT` when the kernel has no such one.
 */
export async function openGenericNetlink(
  family: { readonly name: string; readonly version: number },
  openSocket: () => Promise<NetlinkSocket> = openNetlinkSocket,
): Promise<GenericNetlink> {
  const socket = await openSocket()
  try {
    const control = new Exchange(socket, CONTROL)
    const answer = control.get({
      command: CONTROL.getFamily,
      write: (writer) => writer.text(CONTROL.familyName, family.name),
    })
    const type = new Attributes(answer).number(CONTROL.familyId)
    if (type === undefined) throw new ErrnoError('ENOENT')
    return new Exchange(socket, { type, version: family.version }, control.sequence)
  } catch (error) {
    socket.close()
    throw error
  }
}

class Exchange implements GenericNetlink {
  readonly #socket: NetlinkSocket
  readonly #type: number
  readonly #version: number
  readonly #writer = new MessageWriter()
  #sequence: number

  constructor(
    socket: NetlinkSocket,
    family: { readonly type: number; readonly version: number },
    sequence = 0,
  ) {
    this.#socket = socket
    this.#type = family.type
    this.#version = family.version
    this.#sequence = sequence
  }

  /** Number of the last request: numbers go on from it, so that no late answer fits a later one. */
  get sequence(): number {
    return this.#sequence
  }

  /**
   * Only the last request asks for an acknowledgement: the kernel works in order and reports every
   * refusal whether it was asked to or not (netlink_rcv_skb), so a batch costs one answer.
   */
  transact(requests: readonly NetlinkRequest[]): Map<number, number> {
    const refused = new Map<number, number>()
    if (requests.length === 0) return refused
    const first = this.#sequence + 1
    this.#writer.clear()
    for (const [index, request] of requests.entries()) {
      this.#write(request, index === requests.length - 1 ? NLM_F_ACK : 0)
    }
    this.#socket.send(this.#writer.bytes)
    for (;;) {
      for (const message of splitMessages(this.#socket.receive())) {
        const index = message.sequence - first
        if (message.type !== 'outcome' || index < 0 || index >= requests.length) continue
        if (message.errno !== 0) refused.set(index, message.errno)
        if (index === requests.length - 1) return refused
      }
    }
  }

  list(request: NetlinkRequest, entry: (payload: Uint8Array) => void): void {
    for (let attempt = 1; attempt <= LIST_ATTEMPTS; attempt++) {
      const payloads = this.#listOnce(request)
      if (payloads === undefined) continue
      for (const payload of payloads) entry(payload)
      return
    }
    throw new ServiceError('ipvs.busy', 'the table kept changing while it was read', {
      retryable: true,
    })
  }

  get(request: NetlinkRequest): Uint8Array {
    this.#send(request, NLM_F_ACK)
    let answer: Uint8Array | undefined
    for (;;) {
      for (const message of splitMessages(this.#socket.receive())) {
        if (message.sequence !== this.#sequence) continue
        if (message.type === 'data') answer = message.payload.slice()
        else if (message.errno !== 0) throw new ErrnoError(errnoName(message.errno))
        else if (answer !== undefined) return answer
        else throw new ServiceError('ipvs.io', 'the kernel answered with nothing')
      }
    }
  }

  close(): void {
    this.#socket.close()
  }

  /** The entries, or nothing when the list changed meanwhile and must be asked for again. */
  #listOnce(request: NetlinkRequest): Uint8Array[] | undefined {
    this.#send(request, NLM_F_DUMP)
    const payloads: Uint8Array[] = []
    let interrupted = false
    for (;;) {
      for (const message of splitMessages(this.#socket.receive().slice())) {
        if (message.sequence !== this.#sequence) continue
        if (message.type === 'data') {
          interrupted ||= message.interrupted
          payloads.push(message.payload)
        } else if (message.errno !== 0) throw new ErrnoError(errnoName(message.errno))
        else return interrupted ? undefined : payloads
      }
    }
  }

  #send(request: NetlinkRequest, flags: number): void {
    this.#writer.clear()
    this.#write(request, flags)
    this.#socket.send(this.#writer.bytes)
  }

  #write(request: NetlinkRequest, flags: number): void {
    this.#sequence = (this.#sequence + 1) >>> 0
    this.#writer.begin({
      type: this.#type,
      flags: NLM_F_REQUEST | flags,
      sequence: this.#sequence,
      command: request.command,
      version: this.#version,
    })
    request.write(this.#writer)
    this.#writer.end()
  }
}
