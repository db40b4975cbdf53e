/** Bytes of a packet without extensions (RFC 5905 section 7.3). */
export const NTP_LENGTH = 48
/** Seconds from 1900 to 1970. */
const UNIX_EPOCH_S = 2_208_988_800
const SECOND = 2 ** 32

/** What a server's packet says, as far as it matters to a check. */
export interface NtpAnswer {
  /** 3: the server's clock is not synchronised. */
  readonly leap: number
  readonly version: number
  /** 4: a server's answer. */
  readonly mode: number
  /** 0: a kiss of death, 1: a reference clock, 16: unsynchronised. */
  readonly stratum: number
  /** Reference identifier: four letters at stratum 0 and 1. */
  readonly reference: Buffer
  /** Largest error of the server's clock to its reference, in milliseconds. */
  readonly rootDispersionMs: number
  /** Our transmit timestamp, sent back. */
  readonly origin: Buffer
  /** NTP timestamps (2^-32 seconds since 1900). */
  readonly received: bigint
  readonly transmitted: bigint
}

/**
 * A client's request. The transmit timestamp is a random number: the server only echoes it, nobody
 * can guess it, and our clock is nobody's business.
 */
export function ntpRequest(cookie: Uint8Array): Buffer {
  const packet = Buffer.alloc(NTP_LENGTH)
  packet[0] = (4 << 3) | 3
  packet.set(cookie.subarray(0, 8), 40)
  return packet
}

/** Reads an answer; `undefined` when it is too short. Never throws. */
export function readNtp(bytes: Buffer): NtpAnswer | undefined {
  if (bytes.length < NTP_LENGTH) return undefined
  const first = bytes[0] ?? 0
  return {
    leap: first >> 6,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum: bytes[1] ?? 0,
    rootDispersionMs: (bytes.readUInt32BE(8) / 65_536) * 1000,
    reference: Buffer.from(bytes.subarray(12, 16)),
    origin: bytes.subarray(24, 32),
    received: bytes.readBigUInt64BE(32),
    transmitted: bytes.readBigUInt64BE(40),
  }
}

/** The NTP timestamp of a Unix time in milliseconds, in its era. */
export function ntpTimestamp(unixMs: number): bigint {
  const wholeS = Math.floor(unixMs / 1000)
  const fraction = Math.floor(((unixMs - wholeS * 1000) / 1000) * SECOND)
  return BigInt.asUintN(64, (BigInt(wholeS + UNIX_EPOCH_S) << 32n) + BigInt(fraction))
}

/**
 * How far the server's clock is ahead of ours, in milliseconds (RFC 5905 section 8). Differences
 * are taken modulo 2^64, so the end of an era in 2036 does not matter.
 */
export function ntpOffsetMs(answer: NtpAnswer, sentAtMs: number, arrivedAtMs: number): number {
  const there = BigInt.asIntN(64, answer.received - ntpTimestamp(sentAtMs))
  const back = BigInt.asIntN(64, answer.transmitted - ntpTimestamp(arrivedAtMs))
  return ((Number(there) + Number(back)) / 2 / SECOND) * 1000
}
