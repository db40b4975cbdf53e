import type { KeptTable } from '../domain/kept-table.ts'

/** Where a director keeps a table beyond the end of its kernel. */
export interface TableStore {
  /** The name of this life of the kernel; `undefined` where it has none. */
  bootId(): Promise<string | undefined>
  /** What was saved last; `undefined` when nothing was, or it is damaged. */
  load(): Promise<KeptTable | undefined>
  /** Durable when it resolves. Throws a `ServiceError` where that cannot be had. */
  save(kept: KeptTable): Promise<void>
  close(): Promise<void>
}
