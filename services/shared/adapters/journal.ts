import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { ServiceError } from '../runtime/service-error.ts'

/** A file of checksummed lines: `<CRC-32 in hex> <text>`. */
export interface Journal {
  /** Set when unreadable content was found and the file set aside. */
  readonly damage?: JournalDamage
  /** What was read when it was opened; of a damaged file, what was still readable. */
  readonly lines: readonly string[]
  /** Bytes in the file now. */
  readonly size: () => number
  /** Durable when the promise resolves; a failure leaves the file as it was. */
  append(lines: readonly string[]): Promise<void>
  /** Puts these lines in place of all, in one atomic step. */
  replace(lines: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** What was found wrong with a file. */
export interface JournalDamage {
  readonly message: string
  readonly unreadableBytes: number
}

interface Content {
  readonly lines: readonly string[]
  /** Length of the file up to a write that a crash cut off. */
  readonly goodBytes: number
  readonly unreadableBytes: number
}

const NEWLINE = 10
/** Eight hexadecimal digits and a space. */
const CHECKSUM_BYTES = 9
/** How a line begins that a crash cut off; a tail that begins otherwise was not written by us. */
const TORN = /^[0-9a-f]{0,8}$|^[0-9a-f]{8} $/

/**
 * Opens or creates a journal. A last line without its end is what a crash leaves and is dropped.
 * Anything worse: the file is kept as `<name>.corrupt-<time>`, and the readable lines go on.
 */
export async function openJournal(path: string): Promise<Journal> {
  const content = await readContent(path)
  const damage = content.unreadableBytes === 0 ? undefined : await setAside(path, content)
  const handle = await openForAppend(path)
  const file = createFile(path, handle, damage === undefined ? content.goodBytes : 0)
  try {
    if (damage === undefined) await handle.truncate(content.goodBytes)
    else await file.replace(content.lines)
  } catch (error) {
    await file.close()
    throw storageError(path, error)
  }
  return { ...(damage === undefined ? {} : { damage }), lines: content.lines, ...file }
}

/** Reads a journal without opening it for writing; unreadable lines are left out. */
export async function readJournal(path: string): Promise<readonly string[]> {
  return (await readContent(path)).lines
}

function createFile(path: string, first: FileHandle, firstSize: number) {
  let handle = first
  let size = firstSize
  let isTorn = false

  async function append(lines: readonly string[]): Promise<void> {
    const bytes = encodeLines(lines)
    try {
      if (isTorn) await handle.truncate(size)
      isTorn = true
      await handle.appendFile(bytes)
      await handle.datasync()
      isTorn = false
      size += bytes.length
    } catch (error) {
      throw storageError(path, error)
    }
  }

  async function replace(lines: readonly string[]): Promise<void> {
    const bytes = encodeLines(lines)
    const temporary = `${path}.new`
    try {
      const flags = constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_APPEND
      const next = await open(temporary, flags, 0o600)
      try {
        await next.writeFile(bytes)
        await next.sync()
        await rename(temporary, path)
      } catch (error) {
        await next.close()
        throw error
      }
      await handle.close()
      handle = next
      size = bytes.length
      isTorn = false
      await syncDir(dirname(path))
    } catch (error) {
      throw storageError(path, error)
    }
  }

  return { append, replace, size: () => size, close: () => handle.close() }
}

function encodeLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${checksum(line)} ${line}\n`).join(''))
}

function checksum(data: string | Uint8Array): string {
  return crc32(data).toString(16).padStart(8, '0')
}

async function readContent(path: string): Promise<Content> {
  const bytes = await readIfPresent(path)
  const lines: string[] = []
  let start = 0
  let goodBytes = 0
  let unreadableBytes = 0
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const line = bytes.subarray(start + CHECKSUM_BYTES, end)
    const isGood = bytes.toString('latin1', start, start + CHECKSUM_BYTES) === `${checksum(line)} `
    if (isGood) lines.push(line.toString('utf8'))
    else unreadableBytes += end + 1 - start
    start = end + 1
    goodBytes = start
  }
  const tail = bytes.subarray(start)
  if (!TORN.test(tail.toString('latin1', 0, CHECKSUM_BYTES))) unreadableBytes += tail.length
  return { lines, goodBytes, unreadableBytes }
}

async function readIfPresent(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw storageError(path, error)
  }
}

async function setAside(path: string, content: Content): Promise<JournalDamage> {
  const aside = `${path}.corrupt-${new Date().toISOString()}`
  try {
    await rename(path, aside)
  } catch (error) {
    throw storageError(path, error)
  }
  const { unreadableBytes, lines } = content
  const message =
    `${path}: ${unreadableBytes} bytes were unreadable; the file is kept as ` +
    `${basename(aside)}, and its ${lines.length} good lines go on`
  return { message, unreadableBytes }
}

async function openForAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o600)
  } catch (error) {
    throw storageError(path, error)
  }
}

async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r')
  try {
    await dir.sync()
  } finally {
    await dir.close()
  }
}

function storageError(path: string, error: unknown): ServiceError {
  const reason = error instanceof Error ? error.message : String(error)
  const message = `cannot keep state in ${path}: ${reason}`
  return new ServiceError('bus.storage', message, { cause: error, retryable: true })
}
