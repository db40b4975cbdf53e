import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CommandResult, type LabProcess, resultOf, textOf } from './lab-process.ts'

/** What a guest is made of. */
export interface GuestConfig {
  readonly name: string
  /** Unique on this machine, for UML's own files. */
  readonly id: string
  /** With prefix length. */
  readonly address: string
  readonly address6: string
  /** Memory as UML takes it: `384M`. */
  readonly memory: string
  /** Folder for its console, jobs and their output. */
  readonly folder: string
  /** Namespace of the switch, and the tap device there that is its cable. */
  readonly namespace: string
  readonly tap: string
}

/** A user-mode Linux: a kernel of its own, run as a process. */
export interface Guest {
  readonly config: GuestConfig
  readonly isUp: boolean
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): LabProcess
  /** Power loss: nothing in it gets to say goodbye. */
  crash(): Promise<void>
}

const INIT = fileURLToPath(new URL('guest-init.sh', import.meta.url))
const BOOT_MS = 60_000
const POLL_MS = 5

/**
 * Boots a guest; resolves when it takes jobs, throws with the end of its console when it does not.
 */
export async function bootGuest(config: GuestConfig): Promise<Guest> {
  const jobs = join(config.folder, 'jobs')
  rmSync(config.folder, { recursive: true, force: true })
  mkdirSync(jobs, { recursive: true })
  const consoleFile = join(config.folder, 'console.log')
  const child = startKernel(config, jobs, consoleFile)
  let isUp = true
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => {
      isUp = false
      resolve()
    })
  })
  const deadline = Date.now() + BOOT_MS
  while (!existsSync(join(jobs, 'ready'))) {
    if (!isUp || Date.now() > deadline) {
      killGroup(child)
      const said = textOf(consoleFile).split('\n').slice(-20).join('\n')
      throw new Error(`guest ${config.name} did not come up:\n${said}`)
    }
    await delay(20)
  }
  let count = 0
  return {
    config,
    get isUp() {
      return isUp
    },
    start(argv, env = {}) {
      if (!isUp) throw new Error(`guest ${config.name} is down`)
      count++
      const job = startJob(child, join(jobs, `${count}`), `${count}`, argv, env)
      return { ...job, ended: jobEnd(job, join(jobs, `${count}.status`), () => isUp) }
    },
    async crash() {
      killGroup(child)
      await ended
    },
  }
}

function startKernel(config: GuestConfig, jobs: string, consoleFile: string): ChildProcess {
  const log = openSync(consoleFile, 'w')
  const argv = [
    'netns',
    'exec',
    config.namespace,
    'linux.uml',
    `mem=${config.memory}`,
    'rootfstype=hostfs',
    'rw',
    `init=${INIT}`,
    'con=null',
    'con0=fd:0,fd:1',
    'quiet',
    `vec0:transport=tap,ifname=${config.tap},depth=128`,
    `umid=${config.id}`,
    `uml_dir=${config.folder}/`,
    `lab_name=${config.name}`,
    `lab_address=${config.address}`,
    `lab_address6=${config.address6}`,
    `lab_jobs=${jobs}`,
  ]
  const child = spawn('ip', argv, { stdio: ['pipe', log, log], detached: true })
  closeSync(log)
  child.stdin?.on('error', () => undefined)
  return child
}

function startJob(
  guest: ChildProcess,
  path: string,
  job: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Omit<LabProcess, 'ended'> {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)} `)
  writeFileSync(`${path}.new`, `${settings.join('')}exec ${argv.map(quoted).join(' ')}\n`)
  renameSync(`${path}.new`, `${path}.sh`)
  guest.stdin?.write(`run ${job}\n`)
  return {
    outputFile: `${path}.out`,
    errorFile: `${path}.err`,
    output: () => textOf(`${path}.out`),
    errors: () => textOf(`${path}.err`),
    signal(name) {
      guest.stdin?.write(`signal ${job} ${name.slice('SIG'.length)}\n`)
    },
  }
}

async function jobEnd(
  job: Omit<LabProcess, 'ended'>,
  statusFile: string,
  isUp: () => boolean,
): Promise<CommandResult> {
  for (;;) {
    if (existsSync(statusFile)) return resultOf(Number(textOf(statusFile)), job)
    if (!isUp()) return resultOf(128, job)
    await delay(POLL_MS)
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
