import { ServiceError } from '../runtime/service-error.ts'

/** The socket calls of the C library, by their manual pages' names (section 2). */
export interface Libc {
  socket(family: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  close(fd: number): number
  errno(): number
  readonly longBytes: number
}

let loading: Promise<Libc> | undefined

/**
 * The C library, which koffi calls: loaded when it is first needed, so that nothing native is
 * needed where it is not. Throws a `ServiceError` (`ipvs.platform`, `ipvs.no-koffi`) that says what
 * to do.
 */
export function loadLibc(): Promise<Libc> {
  loading ??= bindLibc()
  return loading
}

async function bindLibc(): Promise<Libc> {
  if (process.platform !== 'linux') {
    const message = `IPVS is part of Linux and this is ${process.platform}: use --table memory`
    throw new ServiceError('ipvs.platform', message)
  }
  try {
    const koffi = await import('koffi')
    const library = koffi.load(null)
    return {
      socket: library.func('int socket(int, int, int)'),
      bind: library.func('int bind(int, void *, unsigned int)'),
      send: library.func('long send(int, void *, size_t, int)'),
      recv: library.func('long recv(int, void *, size_t, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, void *, unsigned int)'),
      close: library.func('int close(int)'),
      errno: koffi.errno,
      longBytes: koffi.sizeof('long'),
    }
  } catch (cause) {
    const message =
      'the package koffi, through which the kernel is reached, cannot be loaded here: ' +
      'install it again with `npm install koffi`, or use --table ipvsadm'
    throw new ServiceError('ipvs.no-koffi', message, { cause })
  }
}
