import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** Who is at the other end of a unix socket. */
export interface Peer {
  readonly uid: number
  readonly pid: number
  /** From /etc/passwd; `uid 1000` when it is not there. */
  readonly name: string
}

const SOL_SOCKET = 1
/** asm-generic/socket.h; struct ucred is pid, uid, gid (unix(7)). */
const SO_PEERCRED = 17
const UCRED_BYTES = 12

type GetSockOpt = (
  fd: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: Int32Array,
) => number

let loading: Promise<GetSockOpt | undefined> | undefined
const known = new WeakMap<Socket, Promise<Peer | undefined>>()

/** Asks the kernel, once a connection; undefined where it cannot be known. Never throws. */
export function peerOf(socket: Socket): Promise<Peer | undefined> {
  const present = known.get(socket)
  if (present !== undefined) return present
  const asking = ask(socket).catch(() => undefined)
  known.set(socket, asking)
  return asking
}

async function ask(socket: Socket): Promise<Peer | undefined> {
  loading ??= loadGetSockOpt().catch(() => undefined)
  const getsockopt = await loading
  const fd = fdOf(socket)
  if (getsockopt === undefined || fd === undefined) return undefined
  const ucred = new Uint8Array(UCRED_BYTES)
  const length = Int32Array.of(UCRED_BYTES)
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) !== 0) return undefined
  const [pid = 0, uid = 0] = new Int32Array(ucred.buffer)
  return { pid, uid, name: await nameOf(uid) }
}

/** Node has no call for the credentials, but its handle tells the descriptor. */
function fdOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}

async function loadGetSockOpt(): Promise<GetSockOpt> {
  const { default: koffi } = await import('koffi')
  return koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ int *length)')
}

async function nameOf(uid: number): Promise<string> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  const line = lines.find((each) => each.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? `uid ${uid}`
}
