import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, rename, rm, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { ServiceError } from '../shared/runtime/service-error.ts'

/** sockaddr_un.sun_path holds 108 bytes with the terminating zero (unix(7)). */
const MAX_PATH_BYTES = 107

/** A socket in the file system on which a server listens. */
export interface PrivateSocket {
  /** Removes the socket's file unless it is somebody else's by now; the server stays as it is. */
  remove(): Promise<void>
}

/** Says in a few words what listens on a socket; never throws. */
export type WhoListens = (path: string) => Promise<string>

/**
 * Makes a server listen on a unix socket that is 0600 from its first moment: it is bound within a
 * folder that only we may enter, and moved to its place when its mode is right. What a dead process
 * left there is replaced by the move. Throws a `ServiceError`: `console.socket-busy` when somebody
 * listens there, `console.socket-unusable` when the path cannot be used.
 */
export async function listenPrivately(
  server: Server,
  path: string,
  whoListens: WhoListens,
): Promise<PrivateSocket> {
  const folder = dirname(path)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    checkFolder(path, folder, await lstat(folder))
    await checkFree(path, whoListens)
    const nest = await mkdtemp(join(folder, '.s'))
    try {
      const born = join(nest, 's')
      checkLength(born, path)
      await listen(server, born)
      await chmod(born, 0o600)
      const { ino } = await lstat(born)
      await rename(born, path)
      return { remove: () => removeSame(path, ino) }
    } finally {
      await rm(nest, { recursive: true, force: true })
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw unusable(path, error instanceof Error ? error.message : String(error), error)
  }
}

/** Whoever owns the folder, or may write to it, could put another socket in our place. */
function checkFolder(path: string, folder: string, stats: Stats): void {
  const uid = process.getuid?.() ?? 0
  if (!stats.isDirectory()) throw unusable(path, `${folder} is not a folder`)
  if (stats.uid !== 0 && stats.uid !== uid) {
    throw unusable(path, `${folder} belongs to another user (uid ${stats.uid})`)
  }
  const sticky = (stats.mode & 0o1000) !== 0
  if ((stats.mode & 0o022) !== 0 && !sticky) {
    throw unusable(path, `others may write to ${folder}: chmod go-w ${folder}`)
  }
}

async function checkFree(path: string, whoListens: WhoListens): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return
  if (!stats.isSocket()) throw unusable(path, 'there is something else of that name, not a socket')
  if (!(await isAlive(path))) return
  throw new ServiceError(
    'console.socket-busy',
    `${await whoListens(path)} listens on ${path} already: stop it, or choose another socket`,
  )
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else if (error.code === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}

function checkLength(born: string, path: string): void {
  const longest = Math.max(Buffer.byteLength(born), Buffer.byteLength(path))
  if (longest > MAX_PATH_BYTES) {
    throw unusable(
      path,
      `the path is too long for a socket (${MAX_PATH_BYTES} bytes with 10 spare)`,
    )
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function removeSame(path: string, ino: number): Promise<void> {
  const present = await lstat(path).catch(() => undefined)
  if (present?.ino === ino) await unlink(path).catch(() => undefined)
}

function unusable(path: string, why: string, cause?: unknown): ServiceError {
  return new ServiceError('console.socket-unusable', `cannot listen on ${path}: ${why}`, { cause })
}
