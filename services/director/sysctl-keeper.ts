import type { Drift } from '../shared/domain/drift.ts'
import {
  SYSCTL_NAMES,
  type SysctlName,
  type SysctlState,
  type Sysctls,
} from '../shared/domain/sysctl.ts'
import type { SysctlStore } from '../shared/ports/sysctl-store.ts'
import type { Logger } from '../shared/runtime/logger.ts'

/**
 * Holds the kernel's settings to what is asked for. A setting that nobody asks for, or nobody asks
 * for any longer, stays as it is: it belongs to the host, and what drains and failures do must not
 * change because an agent ends or a line left a file. What was found before the first write is
 * logged. Calls may not overlap.
 */
export class SysctlKeeper {
  readonly #store: SysctlStore
  readonly #logger: Logger
  #wanted: Sysctls = {}
  #states: readonly SysctlState[] = []
  #drifts: readonly Drift[] = []
  /** Those that were as wanted when last looked at. */
  #kept: ReadonlyMap<SysctlName, number> = new Map()
  readonly #logged = new Map<SysctlName, string>()

  constructor(store: SysctlStore, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** As they were read last. */
  get states(): readonly SysctlState[] {
    return this.#states
  }

  /** Whether these differ from what is asked for so far; they are asked for from now on. */
  want(wanted: Sysctls): boolean {
    const isNew = SYSCTL_NAMES.some((name) => wanted[name] !== this.#wanted[name])
    if (isNew) this.#kept = new Map()
    this.#wanted = wanted
    return isNew
  }

  /** Reads them all, and sets those that are not as wanted. Never throws. */
  async keep(): Promise<void> {
    const found = await this.#store.read()
    const problems = new Map<SysctlName, string>()
    const values = new Map(found)
    for (const name of SYSCTL_NAMES) {
      const wanted = this.#wanted[name]
      if (wanted === undefined || found.get(name) === wanted) continue
      const problem = await this.#set(name, wanted, found.get(name))
      if (problem === undefined) values.set(name, wanted)
      else problems.set(name, problem)
    }
    this.#kept = new Map([...values].filter(([name, value]) => this.#wanted[name] === value))
    this.#states = SYSCTL_NAMES.flatMap((name) =>
      stateOf(name, values.get(name), this.#wanted[name], problems.get(name)),
    )
  }

  /** What others changed since the last call; put right. */
  takeDrifts(): readonly Drift[] {
    const drifts = this.#drifts
    this.#drifts = []
    return drifts
  }

  async #set(
    name: SysctlName,
    wanted: number,
    found: number | undefined,
  ): Promise<string | undefined> {
    const sysctl = `net.ipv4.vs.${name}`
    if (found === undefined) return this.#fail(name, `this kernel has no ${sysctl}`)
    const kept = this.#kept.get(name)
    try {
      await this.#store.write(name, wanted)
    } catch (error) {
      return this.#fail(name, error instanceof Error ? error.message : String(error))
    }
    this.#logged.delete(name)
    if (kept === undefined) {
      this.#logger.info({ sysctl, found, wanted }, 'set a setting of the kernel')
      return undefined
    }
    const message = `${sysctl} was ${kept} and somebody else made it ${found}`
    const drift: Drift = { what: name, was: `${kept}`, now: `${found}`, message }
    this.#drifts = [...this.#drifts, drift]
    return undefined
  }

  /** Said once; reported for as long as it lasts. */
  #fail(name: SysctlName, problem: string): string {
    if (this.#logged.get(name) !== problem) {
      this.#logged.set(name, problem)
      this.#logger.error({ sysctl: `net.ipv4.vs.${name}`, problem }, 'a setting cannot be made so')
    }
    return problem
  }
}

function stateOf(
  name: SysctlName,
  value: number | undefined,
  wanted: number | undefined,
  problem: string | undefined,
): SysctlState[] {
  if (value === undefined && wanted === undefined) return []
  return [
    {
      name,
      ...(value !== undefined && { value }),
      ...(wanted !== undefined && { wanted }),
      ...(problem !== undefined && { problem }),
    },
  ]
}
