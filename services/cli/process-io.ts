import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CliIo, Terminal } from './cli-io.ts'
import { readSecret } from './read-secret.ts'
import { startProgram } from './start-program.ts'

const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** This process. A reader that went away (`lvsctl events | head`) ends it without a word. */
export function createProcessIo(): CliIo {
  const { stdout, stderr, env } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    ...(stdout.isTTY && { terminal: processTerminal() }),
    env,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    onInterrupt(handler) {
      process.on('SIGINT', handler)
      process.on('SIGTERM', handler)
      return () => {
        process.off('SIGINT', handler)
        process.off('SIGTERM', handler)
      }
    },
    readFile: (path) => readFile(path === '-' ? '/dev/stdin' : path, 'utf8'),
    async writePrivateFile(path, text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const fresh = `${path}.${process.pid}.new`
      await writeFile(fresh, text, { mode: 0o600 })
      await rename(fresh, path)
    },
    removeFile: (path) => rm(path, { force: true }),
    startProgram,
    readSecret: (question) =>
      readSecret({ input: process.stdin, prompt: (text) => void stderr.write(text) }, question),
  }
}

function processTerminal(): Terminal {
  const { stdin, stdout } = process
  return {
    columns: () => stdout.columns || DEFAULT_COLUMNS,
    rows: () => stdout.rows || DEFAULT_ROWS,
    onKey(handler) {
      if (!stdin.isTTY) return () => undefined
      const listen = (bytes: Buffer) => handler(bytes.toString())
      stdin.setRawMode(true)
      stdin.on('data', listen)
      stdin.resume()
      return () => {
        stdin.off('data', listen)
        stdin.setRawMode(false)
        stdin.pause()
      }
    },
  }
}
