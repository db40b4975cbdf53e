import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type BlockReader, openBlock, writeBlock } from './block-file.ts'

/** How fine rows are, and how many make a block. */
export interface Tier {
  readonly name: string
  readonly stepMs: number
  readonly rows: number
}

/** As fine as it gets: ten minutes in steps of ten seconds. */
export const FINE: Tier = { name: 'fine', stepMs: 10_000, rows: 60 }
/** What older stretches are rolled up to: an hour in steps of a minute. */
export const COARSE: Tier = { name: 'coarse', stepMs: 60_000, rows: 60 }
/** For charts of a week, which would read hundreds of hours: a day in steps of ten minutes. */
export const DAILY: Tier = { name: 'daily', stepMs: 600_000, rows: 144 }

/** Length of a block of a tier, in milliseconds. */
export function blockMs({ stepMs, rows }: Tier): number {
  return stepMs * rows
}

/** The beginning of the block that a moment falls into. */
export function blockStart(tier: Tier, at: number): number {
  return Math.floor(at / blockMs(tier)) * blockMs(tier)
}

const NAME = /^(\d{13,16})\.block$/

/** The blocks of one tier on disk, by their beginnings. */
export class BlockStore {
  readonly tier: Tier
  readonly #dir: string
  readonly #sizes = new Map<number, number>()
  bytes = 0

  /** Throws what the file system says of the folder. */
  constructor(dir: string, tier: Tier) {
    this.tier = tier
    this.#dir = dir
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(dir)) {
      const start = NAME.exec(name)?.[1]
      if (start === undefined) rmSync(join(dir, name), { force: true, recursive: true })
      else this.#note(Number(start), statSync(join(dir, name)).size)
    }
  }

  has(startMs: number): boolean {
    return this.#sizes.has(startMs)
  }

  /** Beginnings of blocks that have anything between two moments, oldest first. */
  between(fromMs: number, toMs: number): readonly number[] {
    const length = blockMs(this.tier)
    return this.starts().filter((start) => start < toMs && start + length > fromMs)
  }

  /** Oldest first. */
  starts(): readonly number[] {
    return [...this.#sizes.keys()].sort((one, other) => one - other)
  }

  sizeOf(startMs: number): number {
    return this.#sizes.get(startMs) ?? 0
  }

  /** Throws what the file system says when it does not take the block. */
  write(startMs: number, chunks: ReadonlyMap<number, Buffer>): void {
    const { stepMs, rows } = this.tier
    const size = writeBlock(this.#path(startMs), { startMs, stepMs, rows }, chunks)
    this.#note(startMs, size)
  }

  /** `undefined` for a block that has gone or cannot be read. */
  open(startMs: number): BlockReader | undefined {
    try {
      return openBlock(this.#path(startMs))
    } catch {
      return undefined
    }
  }

  remove(startMs: number): void {
    rmSync(this.#path(startMs), { force: true })
    this.bytes -= this.sizeOf(startMs)
    this.#sizes.delete(startMs)
  }

  #note(startMs: number, size: number): void {
    this.bytes += size - this.sizeOf(startMs)
    this.#sizes.set(startMs, size)
  }

  #path(startMs: number): string {
    return join(this.#dir, `${String(startMs).padStart(13, '0')}.block`)
  }
}
