import { defaultPaths } from '../shared/runtime/default-paths.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'
import type { Daemon, RemoteDaemon, Trust } from './daemon.ts'
import { ownerName } from './owner.ts'
import { readServerBook, type ServerBook, type ServerEntry, tokenPath } from './server-book.ts'

/** What the command line says about where the daemon is. */
export interface DaemonOptions {
  readonly socket?: string
  readonly server?: string
}

/** The name for this machine's own daemon. */
const LOCAL = 'local'

/**
 * Where the daemon is: --socket, --server, LVSCTL_SOCKET, LVSCTL_SERVER, the server last logged in
 * to, or the local socket, whichever is first. Throws `cli.usage`, `cli.config`.
 */
export async function findDaemon(options: DaemonOptions, io: CliIo): Promise<Daemon> {
  const { env } = io
  if (options.socket !== undefined) return localDaemon(io, options.socket)
  if (options.server === undefined && env['LVSCTL_SOCKET']) {
    return localDaemon(io, env['LVSCTL_SOCKET'])
  }
  const book = await readServerBook(io)
  const wanted = (options.server ?? env['LVSCTL_SERVER']) || book.current || LOCAL
  return wanted === LOCAL ? localDaemon(io) : remoteDaemon(io, book, wanted)
}

/** The daemon of this machine. */
export function localDaemon(io: CliIo, socketPath?: string): Daemon {
  return {
    kind: 'socket',
    socketPath: socketPath ?? defaultPaths({ env: io.env }).socketPath,
    uid: process.getuid?.() ?? 0,
    owner: ownerName(io.env),
  }
}

/** Reads `https://host:port`; throws `cli.usage`. */
export function readServerUrl(text: string): URL {
  if (!/^https:\/\//i.test(text) || !URL.canParse(text)) {
    const wanted = 'wanted https://HOST:PORT, a name from lvsctl.yaml, or local'
    throw new ServiceError('cli.usage', `--server ${text}: ${wanted}`)
  }
  return new URL(text)
}

async function remoteDaemon(io: CliIo, book: ServerBook, wanted: string): Promise<RemoteDaemon> {
  const { name, entry } = findEntry(book, wanted)
  const url = readServerUrl(entry.url)
  const token = await readToken(io, name, entry)
  return {
    ...{ kind: 'server', url, name, trust: await readTrust(io, entry) },
    ...(token !== undefined && { token }),
  }
}

function findEntry(book: ServerBook, wanted: string): { name: string; entry: ServerEntry } {
  const named = book.servers[wanted]
  if (named !== undefined) return { name: wanted, entry: named }
  const { origin, host } = readServerUrl(wanted)
  const found = Object.entries(book.servers).find(([, { url }]) => new URL(url).origin === origin)
  return found === undefined
    ? { name: host, entry: { url: origin } }
    : { name: found[0], entry: found[1] }
}

/** What is written for a server, or in the environment, for programs. */
async function readTrust(io: CliIo, entry: ServerEntry): Promise<Trust> {
  const file = io.env['LVSCTL_CA_FILE'] || entry.ca
  const fingerprint = io.env['LVSCTL_FINGERPRINT'] || entry.fingerprint
  return {
    ...(file !== undefined && { ca: await readOwn(io, file) }),
    ...(fingerprint !== undefined && { fingerprint }),
  }
}

async function readToken(
  io: CliIo,
  name: string,
  { tokenFile }: ServerEntry,
): Promise<string | undefined> {
  const asked = io.env['LVSCTL_TOKEN_FILE'] || tokenFile
  if (asked !== undefined) return (await readOwn(io, asked)).trim()
  const kept = await io.readFile(tokenPath(io.env, name)).catch(() => undefined)
  return kept?.trim()
}

async function readOwn(io: CliIo, file: string): Promise<string> {
  try {
    return await io.readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServiceError('cli.config', `cannot read ${file}: ${reason}`, { cause: error })
  }
}
