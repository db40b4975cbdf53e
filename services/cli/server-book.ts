import { join } from 'node:path'
import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'

/** A daemon that somebody logs in to. */
export interface ServerEntry {
  /** `https://lb1.example.net:8443`. */
  readonly url: string
  readonly fingerprint?: string
  /** File of authorities, PEM. */
  readonly ca?: string
  readonly tokenFile?: string
}

/** The file `lvsctl.yaml`: servers by name, and the one that is meant when nobody says which. */
export interface ServerBook {
  readonly current?: string
  readonly servers: Readonly<Record<string, ServerEntry>>
}

/** Folder of an operator's own settings (XDG base directories). */
export function configDir(env: CliIo['env']): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || '.', '.config'), 'lvs-warden')
}

/** Where the servers stand. */
export function serverBookPath(env: CliIo['env']): string {
  return join(configDir(env), 'lvsctl.yaml')
}

/** Where the token of a server is kept when nothing else is said. */
export function tokenPath(env: CliIo['env'], name: string): string {
  return join(configDir(env), 'tokens', name.replace(/[^A-Za-z0-9._-]/g, '_'))
}

/** Reads the book; an absent one is empty. Throws `cli.config` with the line that is wrong. */
export async function readServerBook(io: CliIo): Promise<ServerBook> {
  const path = serverBookPath(io.env)
  const text = await io.readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw broken(path, error.message)
  })
  if (text === undefined) return { servers: {} }
  const { parseDocument } = await import('yaml')
  const { z } = await import('zod')
  const document = parseDocument(text)
  const [trouble] = document.errors
  if (trouble !== undefined) throw broken(path, trouble.message)
  const entry = z.strictObject({
    url: z.url({ protocol: /^https$/ }),
    fingerprint: z.string().exactOptional(),
    ca: z.string().exactOptional(),
    tokenFile: z.string().exactOptional(),
  })
  const book = z.strictObject({
    current: z.string().exactOptional(),
    servers: z.record(z.string(), entry).default({}),
  })
  const result = book.safeParse(document.toJS() ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw broken(path, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`)
}

/** Writes the book for its owner only. */
export async function writeServerBook(io: CliIo, book: ServerBook): Promise<void> {
  const { stringify } = await import('yaml')
  await io.writePrivateFile(serverBookPath(io.env), stringify(book))
}

function broken(path: string, what: string): ServiceError {
  return new ServiceError('cli.config', `${path}: ${what}`)
}
