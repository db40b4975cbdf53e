import type { DesiredTable, TableVersion } from '../shared/domain/desired-table.ts'
import type { ChangeFailure, CountedTable } from '../shared/domain/table.ts'
import { serviceKey } from '../shared/domain/virtual-service.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { Keeper } from './keeper.ts'

/**
 * Looks and never writes: somebody else holds the table, and ours is compared with it. All that it
 * can do to a table is to read it.
 */
export class ShadowKeeper implements Keeper {
  desired: DesiredTable | undefined
  problem: string | undefined
  readonly #table: Pick<IpvsTable, 'read'>
  #actual: CountedTable

  constructor(table: Pick<IpvsTable, 'read'>, actual: CountedTable) {
    this.#table = table
    this.#actual = actual
  }

  /** Of the table that it was sent last: nothing of that is in the kernel by it. */
  get version(): TableVersion {
    const { epoch = 0, generation = 0 } = this.desired ?? {}
    return { epoch, generation }
  }

  forgetDesired(): void {
    this.desired = undefined
  }

  async readBack(): Promise<void> {
    this.#actual = await this.#table.read()
    this.problem = undefined
  }

  async converge(): Promise<boolean> {
    return false
  }

  takeFindings(): ReturnType<Keeper['takeFindings']> {
    const wanted = new Set(this.desired?.services.map(({ address }) => serviceKey(address)))
    const foreign = this.#actual
      .map(({ address }) => serviceKey(address))
      .filter((key) => !wanted.has(key))
    const problem = this.problem === undefined ? {} : { problem: this.problem }
    return { services: this.#actual, foreign, drift: [], failures: [], ...problem }
  }

  async clear(): Promise<readonly ChangeFailure[]> {
    return []
  }
}
