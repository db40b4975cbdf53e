import { constants } from 'node:os'

/** Address families as the C library numbers them (sys/socket.h). */
export const AF = { 4: 2, 6: 10 } as const

/** The socket calls of the C library, by their manual pages' names (section 2; inet_pton(3)). */
export type LibC = Awaited<ReturnType<typeof loadLibC>>

/** Loaded when the first ping is sent: nobody else pays for it. `null` is the C library itself. */
export async function loadLibC() {
  const { default: koffi } = await import('koffi')
  const library = koffi.load(null)
  return {
    socket: library.func('int socket(int, int, int)') as (...args: number[]) => number,
    dup2: library.func('int dup2(int, int)') as (from: number, to: number) => number,
    close: library.func('int close(int)') as (fd: number) => number,
    setsockopt: library.func('int setsockopt(int, int, int, void *, unsigned int)') as (
      fd: number,
      level: number,
      option: number,
      value: Buffer,
      length: number,
    ) => number,
    bind: library.func('int bind(int, void *, unsigned int)') as (
      fd: number,
      address: Buffer,
      length: number,
    ) => number,
    inet_pton: library.func('int inet_pton(int, const char *, void *)') as (
      family: number,
      text: string,
      bytes: Buffer,
    ) => number,
    sendto: library.func('long sendto(int, void *, size_t, int, void *, unsigned int)') as (
      fd: number,
      bytes: Buffer,
      length: number,
      flags: number,
      address: Buffer,
      addressLength: number,
    ) => number,
    recv: library.func('long recv(int, void *, size_t, int)') as (
      fd: number,
      bytes: Buffer,
      length: number,
      flags: number,
    ) => number,
    errno: () => koffi.errno(),
  }
}

/** struct sockaddr_in and sockaddr_in6 (netinet/in.h), port 0; `undefined` for another family. */
export function socketAddress(libc: LibC, family: 4 | 6, address: string): Buffer | undefined {
  const bytes = Buffer.alloc(family === 4 ? 16 : 28)
  bytes.writeUInt16LE(AF[family])
  const isValid = libc.inet_pton(AF[family], address, bytes.subarray(family === 4 ? 4 : 8)) === 1
  return isValid ? bytes : undefined
}

/** `EPERM` for 1. */
export function errnoName(errno: number): string {
  const known = Object.entries(constants.errno).find(([, value]) => value === errno)
  return known?.[0] ?? `errno ${errno}`
}
