import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootGuest, type Guest } from './guest.ts'
import type { CommandResult, LabProcess } from './lab-process.ts'
import { startInNamespace } from './netns-process.ts'
import {
  ip,
  linkGuestModules,
  makeHost,
  makeSwitch,
  makeTap,
  namespaces,
  removeNamespace,
} from './network.ts'

/** How a lab differs from the usual. */
export interface LabOptions {
  /**
   * First three octets of its network. Labs are apart from each other, so two may have the same.
   */
  readonly subnet?: string
  /** Memory of a guest. */
  readonly memory?: string
}

/** A machine of the lab. */
export interface LabMachine {
  readonly name: string
  readonly address: string
  readonly address6: string
}

/** How a command is started. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  /** After this it is killed and `run` throws, in milliseconds; 60 s when not said. */
  readonly timeoutMs?: number
}

/** An LVS cluster on one machine; see README.md. */
export interface Lab extends AsyncDisposable {
  /** Folder of this lab: consoles, output of commands, and room for the tests' own files. */
  readonly folder: string
  /** Adds a host: a real server, a client, the place where a monitor runs. */
  host(name: string, octet: number): Promise<LabMachine>
  /** Boots a guest with a kernel, and so an IPVS table, of its own. */
  director(name: string, octet: number, options?: { memory?: string }): Promise<LabMachine>
  /** Runs a command to its end. Throws when it does not end in time, not when it fails. */
  run(name: string, argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** As `run`, and throws when the exit status is not 0; returns what it printed. */
  must(name: string, argv: readonly string[], options?: CommandOptions): Promise<string>
  /** Starts a command that goes on; it ends with the lab at the latest. */
  spawn(name: string, argv: readonly string[], options?: CommandOptions): LabProcess
  /** Pulls a machine's cable, and plugs it in again. */
  cut(name: string): Promise<void>
  heal(name: string): Promise<void>
  /** Power loss of a guest, and power on. */
  crash(name: string): Promise<void>
  reboot(name: string): Promise<void>
  /** Ends every process and removes every namespace and file of this lab. */
  close(): Promise<void>
}

const PREFIX = 'lw'
const DEFAULT_TIMEOUT_MS = 60_000
let labs = 0

/**
 * Makes a lab with nothing but the switch in it. Root only; `labObstacle` says what else it takes.
 */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  labs++
  const name = `${PREFIX}${process.pid}x${labs}`
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  const lab = new RunningLab(name, folder, options)
  try {
    await sweep()
    linkGuestModules()
    await makeSwitch(`${name}-switch`)
  } catch (error) {
    await lab.close()
    throw error
  }
  return lab
}

class RunningLab implements Lab {
  readonly folder: string
  readonly #name: string
  readonly #options: LabOptions
  readonly #guests = new Map<string, Guest>()
  readonly #hosts = new Set<string>()
  #commands = 0

  constructor(name: string, folder: string, options: LabOptions) {
    this.#name = name
    this.folder = folder
    this.#options = options
  }

  async host(name: string, octet: number): Promise<LabMachine> {
    const machine = this.#machine(name, octet)
    const addresses = [`${machine.address}/24`, `${machine.address6}/64`]
    const own = this.#namespace(name)
    await makeHost({ own, switch: this.#switch }, portOf(name), addresses)
    this.#hosts.add(name)
    mkdirSync(join(this.folder, name))
    return machine
  }

  async director(
    name: string,
    octet: number,
    options: { memory?: string } = {},
  ): Promise<LabMachine> {
    const machine = this.#machine(name, octet)
    await makeTap(this.#switch, portOf(name))
    const guest = await bootGuest({
      name,
      id: `${this.#name}-${name}`,
      address: `${machine.address}/24`,
      address6: `${machine.address6}/64`,
      memory: options.memory ?? this.#options.memory ?? '384M',
      folder: join(this.folder, name),
      namespace: this.#switch,
      tap: portOf(name),
    })
    this.#guests.set(name, guest)
    return machine
  }

  async run(
    name: string,
    argv: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const command = this.spawn(name, argv, options)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      command.signal('SIGKILL')
    }, timeoutMs)
    const result = await command.ended
    clearTimeout(timer)
    if (!isLate) return result
    const said = `${result.stdout}${result.stderr}`
    throw new Error(`${name}: ${argv.join(' ')} did not end in ${timeoutMs} ms:\n${said}`)
  }

  async must(name: string, argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(name, argv, options)
    if (status === 0) return stdout
    throw new Error(`${name}: ${argv.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  }

  spawn(name: string, argv: readonly string[], options: CommandOptions = {}): LabProcess {
    const guest = this.#guests.get(name)
    if (guest !== undefined) return guest.start(argv, options.env)
    if (!this.#hosts.has(name)) throw new Error(`the lab has no machine ${name}`)
    this.#commands++
    const path = join(this.folder, name, `${this.#commands}`)
    return startInNamespace(this.#namespace(name), argv, {
      outputFile: `${path}.out`,
      errorFile: `${path}.err`,
      env: options.env ?? {},
    })
  }

  async cut(name: string): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', portOf(name), 'down')
  }

  async heal(name: string): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', portOf(name), 'up')
  }

  async crash(name: string): Promise<void> {
    await this.#guest(name).crash()
  }

  async reboot(name: string): Promise<void> {
    const guest = this.#guest(name)
    if (guest.isUp) await guest.crash()
    this.#guests.set(name, await bootGuest(guest.config))
  }

  async close(): Promise<void> {
    for (const guest of this.#guests.values()) if (guest.isUp) await guest.crash()
    for (const namespace of await namespaces(`${this.#name}-`)) await removeNamespace(namespace)
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #switch(): string {
    return this.#namespace('switch')
  }

  #namespace(name: string): string {
    return `${this.#name}-${name}`
  }

  #machine(name: string, octet: number): LabMachine {
    if (this.#guests.has(name) || this.#hosts.has(name)) throw new Error(`${name} is there already`)
    const subnet = this.#options.subnet ?? '10.77.0'
    return { name, address: `${subnet}.${octet}`, address6: `2001:db8:77::${octet.toString(16)}` }
  }

  #guest(name: string): Guest {
    const guest = this.#guests.get(name)
    if (guest === undefined) throw new Error(`the lab has no guest ${name}`)
    return guest
  }
}

/** Name of a machine's port on the switch; an interface name has 15 bytes at most. */
function portOf(name: string): string {
  return `p-${name}`
}

/** Removes what labs left behind whose process was killed; their names carry its id. */
async function sweep(): Promise<void> {
  for (const namespace of await namespaces(PREFIX)) {
    if (isAbandoned(namespace)) await removeNamespace(namespace).catch(() => undefined)
  }
  for (const entry of readdirSync(tmpdir())) {
    if (isAbandoned(entry)) rmSync(join(tmpdir(), entry), { recursive: true, force: true })
  }
}

function isAbandoned(name: string): boolean {
  const pid = Number(/^lw(\d+)x\d+-/.exec(name)?.[1] ?? 0)
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
