import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadWebFiles, type WebFiles } from '../../../services/console/web-files.ts'

let folder: string
let files: WebFiles

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'web-files-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'assets', 'main-abc.js'), 'run()')
  writeFileSync(join(folder, 'secret.pem'), 'not for anybody')
  files = loadWebFiles(folder)
})

afterEach(() => rmSync(folder, { recursive: true }))

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  files.answer(new Request(`https://lb1:8443${path}`, { method, headers }))

describe('the page', () => {
  test('is asked for again each time, which costs nothing when it is the same', async () => {
    const answer = get('/')
    expect(answer?.headers.get('cache-control')).toBe('no-cache')
    expect(await answer?.text()).toBe('<!doctype html>')
    const again = get('/', { 'if-none-match': answer?.headers.get('etag') ?? '' })
    expect([again?.status, await again?.text()]).toEqual([304, ''])
  })

  test('lets nothing inline, nothing from elsewhere and nobody frame it', () => {
    const policy = get('/')?.headers.get('content-security-policy')?.split('; ')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy?.join()).not.toMatch(/unsafe|\*|https?:/)
    expect(get('/')?.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('a file with a hash in its name', () => {
  test('is kept for ever', () => {
    const kept = get('/assets/main-abc.js')?.headers.get('cache-control')
    expect(kept).toBe('public, max-age=31536000, immutable')
  })

  test('is packed for who takes that', async () => {
    const answer = get('/assets/main-abc.js', { 'accept-encoding': 'br, gzip' })
    expect(answer?.headers.get('content-encoding')).toBe('gzip')
    expect(answer?.headers.get('vary')).toBe('accept-encoding')
    const packed = Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer(0))
    expect(gunzipSync(packed).toString()).toBe('run()')
    expect(get('/assets/main-abc.js')?.headers.get('content-encoding')).toBeNull()
  })
})

test.each([
  '/secret.pem',
  '/assets',
  '/../etc/passwd',
  '/assets/../../x',
  '/v1/status',
  '/nothing',
])('%s is none of the files', (path) => {
  expect(get(path)).toBeUndefined()
})

test('only questions are answered, HEAD without a body', async () => {
  expect(get('/', {}, 'POST')).toBeUndefined()
  const head = get('/', {}, 'HEAD')
  expect([head?.status, await head?.text()]).toEqual([200, ''])
})
