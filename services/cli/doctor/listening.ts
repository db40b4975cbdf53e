import { addressFromBytes, type Family } from '../../shared/domain/ip-address.ts'

/** State of a TCP socket that accepts, of a UDP socket that is bound (linux/net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const

/** A socket that waits for clients. */
export interface Listener {
  /** `0.0.0.0` and `::` take every address. */
  readonly address: string
  readonly port: number
}

/** Reads /proc/net/{tcp,tcp6,udp,udp6} (proc(5)): addresses are 32-bit words in native order. */
export function readListeners(
  text: string,
  protocol: 'tcp' | 'udp',
  isLittleEndian: boolean,
): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) [0-9A-F:]+ ([0-9A-F]{2}) /.exec(line)
    const [, words = '', port = '', state] = match ?? []
    if (state !== WAITING[protocol]) return []
    const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => {
      const four = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
      return isLittleEndian ? four.reverse() : four
    })
    const address = addressFromBytes(Uint8Array.from(bytes))
    return [{ address, port: Number.parseInt(port, 16) }]
  })
}

/** Whether one of them takes clients of this address and port. */
export function takes(
  listeners: readonly Listener[],
  wanted: { readonly address: string; readonly port: number; readonly family: Family },
): boolean {
  // A socket of `::` takes IPv4, too, unless it says otherwise, which /proc does not show.
  const all = wanted.family === 4 ? ['0.0.0.0', '::'] : ['::']
  return listeners.some(
    ({ address, port }) =>
      port === wanted.port &&
      (address === wanted.address ||
        address === `::ffff:${wanted.address}` ||
        all.includes(address)),
  )
}
