import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A web server of this benchmark alone. */
export interface LocalNginx {
  readonly port: number
  stop(): Promise<void>
}

const READY_TRIES = 100
const RETRY_MS = 50

/**
 * Starts nginx with one worker on a free port of 127.0.0.1, or of every address of this machine
 * with
 * `0.0.0.0`; `/health` answers `ready`, `/status` counts.
 */
export async function startNginx(address = '127.0.0.1'): Promise<LocalNginx> {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-nginx-'))
  const port = await freePort()
  writeFileSync(join(dir, 'nginx.conf'), configuration(dir, `${address}:${port}`))
  const child = spawn('nginx', ['-p', dir, '-e', join(dir, 'error.log'), '-c', 'nginx.conf'], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('exit', () => resolve())
    child.on('error', reject)
  })
  const failed = ended.then(() => Promise.reject(new Error('nginx ended at once')))
  failed.catch(() => undefined)
  await Promise.race([waitUntilReady(port), failed])
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function configuration(dir: string, listen: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(dir, name)};`)
    .join(' ')
  return `
    daemon off; worker_processes 1; pid ${join(dir, 'pid')};
    events { worker_connections 8192; }
    http {
      access_log off; ${temporary}
      server {
        listen ${listen} backlog=8192;
        location /health { return 200 "ready\\n"; }
        location /status { stub_status; }
      }
    }`
}

/** A port of 127.0.0.1 that nobody has at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Resolves when something answers HTTP there; throws after five seconds. */
export async function waitUntilReady(port: number): Promise<void> {
  for (let attempt = 0; attempt < READY_TRIES; attempt++) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    if (response !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  throw new Error(`nothing answers on 127.0.0.1:${port}`)
}
