import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptTable } from '../domain/kept-table.ts'
import type { TableStore } from '../ports/table-store.ts'
import { ServiceError } from '../runtime/service-error.ts'
import { keptTableMessage } from '../wire/kept-table.ts'
import { type Journal, openJournal } from './journal.ts'

/** proc(5): a random name that the kernel gives itself when it starts. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/**
 * Keeps the table in one file of a folder, `<director>.table`: written whole beside it and put in
 * its place, with a checksum. A damaged file is set aside and counts as none.
 */
export function createFileTableStore(
  folder: string,
  director: string,
  bootIdFile: string = BOOT_ID,
): TableStore {
  let journal: Promise<Journal> | undefined

  /** What could not be opened is tried anew. */
  function open(): Promise<Journal> {
    const opened = journal ?? begin()
    journal = opened
    opened.catch(() => {
      if (journal === opened) journal = undefined
    })
    return opened
  }

  async function begin(): Promise<Journal> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      const message = `the folder ${folder} cannot be made: ${String(error)}`
      throw new ServiceError('storage.io', message, { cause: error, retryable: true })
    }
    return openJournal(join(folder, `${director}.table`))
  }

  return {
    async bootId() {
      const text = await readFile(bootIdFile, 'utf8').catch(() => '')
      return text.trim() || undefined
    },
    async load() {
      return read((await open()).lines.at(-1))
    },
    async save(kept) {
      const line = new TextDecoder().decode(keptTableMessage.encode(kept))
      await (await open()).replace([line])
    },
    async close() {
      await (await journal)?.close()
      journal = undefined
    },
  }
}

/** One of another version is as good as none. */
function read(line: string | undefined): KeptTable | undefined {
  try {
    return line === undefined ? undefined : keptTableMessage.decode(new TextEncoder().encode(line))
  } catch {
    return undefined
  }
}
