import { LITTLE_ENDIAN } from './netlink/native-order.ts'

/** struct timeval (sys/time.h): two longs, seconds and microseconds. */
export function timeval(milliseconds: number, longBytes: number): Uint8Array {
  const bytes = new Uint8Array(2 * longBytes)
  const view = new DataView(bytes.buffer)
  const seconds = Math.floor(milliseconds / 1000)
  const microseconds = (milliseconds % 1000) * 1000
  if (longBytes === 8) {
    view.setBigInt64(0, BigInt(seconds), LITTLE_ENDIAN)
    view.setBigInt64(8, BigInt(microseconds), LITTLE_ENDIAN)
  } else {
    view.setInt32(0, seconds, LITTLE_ENDIAN)
    view.setInt32(4, microseconds, LITTLE_ENDIAN)
  }
  return bytes
}
