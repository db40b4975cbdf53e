import type { DesiredTable, TableVersion } from '../shared/domain/desired-table.ts'
import type { DirectorReport } from '../shared/domain/director-report.ts'
import type { Drift } from '../shared/domain/drift.ts'
import type { ChangeFailure, CountedTable, Table } from '../shared/domain/table.ts'
import { serviceKey } from '../shared/domain/virtual-service.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import { drift } from './core/drift.ts'
import { plan } from './core/plan.ts'
import type { DirectorMemory } from './director-memory.ts'
import type { Keeper } from './keeper.ts'

/** Holds one table to what is desired, and remembers what it found there. Calls may not overlap. */
export class TableKeeper implements Keeper {
  desired: DesiredTable | undefined
  /** Why the table is not as it should be, for people. */
  problem: string | undefined
  readonly #table: IpvsTable
  readonly #memory: DirectorMemory
  #actual: CountedTable
  /** Our services as we left them: whatever differs at the next reading, somebody else did. */
  #left: Table | undefined
  #refused: readonly ChangeFailure[] = []
  #refusedBefore = '[]'
  #drifts: readonly Drift[] = []
  #version: TableVersion = { epoch: 0, generation: 0 }

  constructor(table: IpvsTable, memory: DirectorMemory, actual: CountedTable) {
    this.#table = table
    this.#memory = memory
    this.#actual = actual
  }

  /** Of the table that was applied last; zeros before there was one. */
  get version(): TableVersion {
    return this.#version
  }

  /** What was desired so far counts for nothing: whoever leads now is to send its table. */
  forgetDesired(): void {
    this.desired = undefined
    this.#version = { epoch: 0, generation: 0 }
  }

  /** Reads the table; what is not as it should be is put right, and read once more. */
  async readBack(): Promise<void> {
    this.#actual = await this.#table.read()
    const owned = this.#memory.owned()
    if (this.#left !== undefined) {
      this.#drifts = [...this.#drifts, ...drift(this.#left, this.#actual, owned)]
    }
    if (await this.converge()) this.#actual = await this.#table.read()
    this.#left = this.#actual.filter(({ address }) => this.#memory.owned().has(serviceKey(address)))
    const [first] = this.#refused
    this.problem = first && `${this.#refused.length} changes refused, the first: ${first.message}`
  }

  /** Applies what lacks between the last reading and what is desired; false when nothing did. */
  async converge(): Promise<boolean> {
    this.#refused = []
    if (this.desired === undefined) return false
    const { services, epoch, generation } = this.desired
    const keys = services.map(({ address }) => serviceKey(address))
    this.#memory.own(keys)
    const changes = plan(services, this.#actual, this.#memory.owned())
    if (changes.length > 0) this.#refused = await this.#table.apply(changes)
    this.#version = { epoch, generation }
    if (changes.length === 0) return false
    this.#left = this.#refused.length > 0 ? undefined : services
    if (this.#refused.length === 0) this.#memory.ownOnly(keys)
    return true
  }

  /** What there is to report; drift and refusals are news only once. */
  takeFindings(): Pick<DirectorReport, 'services' | 'foreign' | 'drift' | 'failures' | 'problem'> {
    const refused = JSON.stringify(this.#refused)
    const failures = refused === this.#refusedBefore ? [] : this.#refused
    this.#refusedBefore = refused
    const found = this.#drifts
    this.#drifts = []
    const owned = this.#memory.owned()
    const foreign = this.#actual
      .map(({ address }) => serviceKey(address))
      .filter((key) => !owned.has(key))
    const problem = this.problem === undefined ? {} : { problem: this.problem }
    return { services: this.#actual, foreign, drift: found, failures, ...problem }
  }

  /** Takes our services out; what was refused comes back. */
  async clear(): Promise<readonly ChangeFailure[]> {
    const changes = plan([], await this.#table.read(), this.#memory.owned())
    const refused = await this.#table.apply(changes)
    this.#memory.ownOnly([])
    return refused
  }
}
