import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { usersConfig } from '../../services/shared/adapters/nats/server-config.ts'
import { BUS_ROLES } from '../../services/shared/wire/bus-role-needs.ts'
import type { Status } from '../../services/shared/wire/status.ts'
import { freePort } from './child-server.ts'
import { type NatsServer, startNatsServer } from './nats-server.ts'
import { projectDir } from './source-files.ts'

/** One service that runs apart, from the build. */
export interface ApartProcess {
  readonly role: string
  readonly name: string
  /** `http://127.0.0.1:port`, for /healthz, /readyz and /metrics. */
  readonly url: string
  /** Each line of its log so far. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** The log as it was written. */
  output(): string
  /** The parts that are not ready, with why; undefined when nobody answers. */
  unready(): Promise<readonly string[] | undefined>
  /** Sends a signal and resolves with what the process ended with. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** What a command printed and ended with. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A NATS server and services around it, each a process of its own on loopback. */
export interface Apart {
  readonly nats: NatsServer
  readonly dir: string
  /** Starts a service; resolves when it answers /healthz. */
  start(role: string, name: string, ...flags: readonly string[]): Promise<ApartProcess>
  /** Runs `lvsctl` against the console's socket. */
  ctl(...args: readonly string[]): Promise<CommandResult>
  status(): Promise<Status>
  /** Writes a file into the folder of the test and returns its path. */
  write(name: string, text: string): string
  /** Ends everything and removes the folder. */
  stop(): Promise<void>
}

const DAEMON = join(projectDir, 'dist', 'services', 'lvs-warden.js')
const LVSCTL = join(projectDir, 'dist', 'services', 'cli', 'main.js')
const LIMIT_MS = 60_000
const PAUSE_MS = 50

/** Starts NATS only, with a user for each role; services are started by the test. */
export async function startApart(cluster: string): Promise<Apart> {
  const passwords = BUS_ROLES.map((role) => `${role.toUpperCase()}_PASSWORD: "${passwordOf(role)}"`)
  const nats = await startNatsServer({
    config: 'include "users.conf"',
    files: {
      'passwords.conf': passwords.join('\n'),
      'users.conf': usersConfig(cluster, 'passwords.conf'),
    },
  })
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-apart-'))
  const socket = join(dir, 'lvs-warden.sock')
  const processes = new Set<ApartProcess>()

  const apart: Apart = {
    nats,
    dir,
    async start(role, name, ...flags) {
      const port = await freePort()
      const own = ['--name', name, '--cluster-name', cluster, '--http', `127.0.0.1:${port}`]
      const where = role === 'console' ? ['--socket', socket, '--state', dir] : []
      const passwordFile = apart.write(`${role}.password`, passwordOf(role))
      const login = ['--nats-user', role, '--nats-password-file', passwordFile]
      const argv = [DAEMON, role, ...own, '--nats-url', nats.url, ...login, ...where, ...flags]
      const started = spawnService(role, name, argv, port)
      processes.add(started)
      await until(`${role} ${name} answers`, async () => (await started.unready()) !== undefined)
      return started
    },
    ctl: (...args) => run([LVSCTL, ...args, '--socket', socket]),
    async status() {
      const { code, stdout, stderr } = await apart.ctl('status', '--json')
      if (code !== 0) throw new Error(`lvsctl status ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as Status
    },
    write(name, text) {
      const path = join(dir, name)
      writeFileSync(path, text)
      return path
    },
    async stop() {
      await Promise.all([...processes].map((one) => one.end('SIGKILL')))
      await nats.remove()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return apart
}

function passwordOf(role: string): string {
  return `password of ${role}`
}

/** Waits for a fact; throws after a minute with what it was, and what was seen last. */
export async function until(
  what: string,
  isSo: () => Promise<boolean | string> | boolean,
): Promise<void> {
  const end = Date.now() + LIMIT_MS
  for (;;) {
    const seen = await isSo()
    if (seen === true) return
    if (Date.now() > end) throw new Error(`in vain: ${what}${seen === false ? '' : `: ${seen}`}`)
    await pause(PAUSE_MS)
  }
}

function spawnService(
  role: string,
  name: string,
  argv: readonly string[],
  port: number,
): ApartProcess {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const url = `http://127.0.0.1:${port}`
  let text = ''
  const keep = (bytes: Buffer) => {
    text += bytes.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  return {
    role,
    name,
    url,
    output: () => text,
    log: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async unready() {
      if (child.exitCode !== null) throw new Error(`${role} ${name} ended:\n${text}`)
      const response = await fetch(`${url}/readyz`).catch(() => undefined)
      if (response === undefined) return undefined
      const { parts } = (await response.json()) as { parts: { part: string; why?: string }[] }
      return parts.flatMap(({ part, why }) => (why === undefined ? [] : [`${part}: ${why}`]))
    },
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

function run(argv: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { encoding: 'utf8' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, stderr })
    })
  })
}
