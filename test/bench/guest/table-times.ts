import { plan } from '../../../services/director/core/plan.ts'
import { createKernelTable } from '../../../services/shared/adapters/kernel-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import { serviceKey } from '../../../services/shared/domain/virtual-service.ts'
import { benchChanges, benchEdit, benchTable } from './table-changes.ts'

/** Milliseconds inside a guest. */
export interface TableTimes {
  readonly fillMs: number
  readonly editMs: number
  readonly readMs: number
  readonly planMs: number
}

const EDITS = 100

const table = createKernelTable()
const before = await table.read()
await table.apply(
  before.map(({ address }): Change => ({ type: 'remove-service', service: address })),
)
const changes = benchChanges()
const fillMs = await time(() => done(changes))
const readMs = await time(() => table.read())
const desired = benchTable()
const owned = new Set(desired.map(({ address }) => serviceKey(address)))
const actual = await table.read()
const planMs = await time(() => {
  if (plan(desired, actual, owned).length > 0) throw new Error('the table is not as it was made')
})
const editMs =
  (await time(async () => {
    for (let i = 0; i < EDITS; i++) await done([benchEdit(i)])
  })) / EDITS
table.close()
console.log(JSON.stringify({ fillMs, editMs, readMs, planMs } satisfies TableTimes))

async function done(wanted: readonly Change[]): Promise<void> {
  const [failure] = await table.apply(wanted)
  if (failure !== undefined) throw new Error(failure.message)
}

async function time(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
