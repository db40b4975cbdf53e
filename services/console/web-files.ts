import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** The web console's files, read once, in memory. */
export interface WebFiles {
  /** The answer to a request for one of them; undefined when it is for none. */
  answer(request: Request): Response | undefined
  /** How many there are: none when the bundle was not built. */
  readonly count: number
}

/** From a source file and from a compiled one the way to the bundle is not the same. */
const PLACES = ['../../web/', '../../dist/web/']

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Nothing from other hosts, nothing inline, nobody's frame; scripts never make markup of text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
}

/** The names of these hold a hash of what is in them, so they never change. */
const HASHED = /^\/assets\//
const FOR_EVER = 'public, max-age=31536000, immutable'

interface WebFile {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly packed: Uint8Array<ArrayBuffer>
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
}

/** Reads the bundle from `folder`, or from where `npm run build` puts it. */
export function loadWebFiles(folder = builtFolder()): WebFiles {
  const files = new Map(folder === undefined ? [] : readAll(folder, '/'))
  return {
    count: files.size,
    answer(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
      const { pathname } = new URL(request.url)
      const file = files.get(pathname === '/' ? '/index.html' : pathname)
      return file === undefined ? undefined : respond(request, file)
    },
  }
}

function respond(request: Request, { plain, packed, etag, headers }: WebFile): Response {
  if (request.headers.get('if-none-match') === etag) {
    return new Response(null, { status: 304, headers })
  }
  const takesPacked = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  const body = takesPacked ? packed : plain
  const own = takesPacked ? { ...headers, 'content-encoding': 'gzip' } : { ...headers }
  const all = { ...own, 'content-length': String(body.length) }
  return new Response(request.method === 'HEAD' ? null : body, { headers: all })
}

function builtFolder(): string | undefined {
  return PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((folder) => {
    try {
      return readFileSync(join(folder, 'built.txt')).length > 0
    } catch {
      return false
    }
  })
}

function readAll(folder: string, path: string): [string, WebFile][] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
    const inner = path + entry.name
    if (entry.isDirectory()) return readAll(folder, `${inner}/`)
    const type = TYPES[extname(entry.name)]
    return type === undefined ? [] : [[inner, readFile(join(folder, inner), inner, type)] as const]
  }) as [string, WebFile][]
}

function readFile(file: string, path: string, type: string): WebFile {
  const plain = new Uint8Array(readFileSync(file))
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const cache = HASHED.test(path) ? FOR_EVER : 'no-cache'
  const headers = { ...HEADERS, 'content-type': type, 'cache-control': cache, etag }
  return { plain, packed: new Uint8Array(gzipSync(plain, { level: 9 })), etag, headers }
}
