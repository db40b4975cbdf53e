import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Point } from '../../domain/point.ts'
import type { EventQuery } from '../../ports/history.ts'
import { appendWhole } from '../frame-file.ts'

const DAY_MS = 86_400_000
const NAME = /^\d{4}-\d\d-\d\d\.ndjson$/

/** Events, a file of lines a day; above the bound the oldest day goes. */
export class EventFiles {
  readonly #dir: string
  readonly #maxBytes: number
  readonly #sizes = new Map<string, number>()

  /** Throws what the file system says of the folder. */
  constructor(dir: string, maxBytes: number) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#dir = dir
    this.#maxBytes = maxBytes
    for (const name of readdirSync(dir).sort()) {
      if (NAME.test(name)) this.#sizes.set(name, wholeLines(join(dir, name)))
    }
  }

  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Days that have events, oldest first. */
  get days(): readonly string[] {
    return [...this.#sizes.keys()].sort()
  }

  /** Throws what the file system says when it does not take them. */
  append(points: readonly Point[]): void {
    const byDay = new Map<string, string>()
    for (const point of points) {
      const name = `${new Date(point.at).toISOString().slice(0, 10)}.ndjson`
      byDay.set(name, `${byDay.get(name) ?? ''}${JSON.stringify(point)}\n`)
    }
    for (const [name, lines] of byDay) {
      appendWhole(join(this.#dir, name), lines, this.#sizes.get(name) ?? 0)
      this.#sizes.set(name, (this.#sizes.get(name) ?? 0) + Buffer.byteLength(lines))
    }
    this.#dropOldest()
  }

  /** The latest events that fit, oldest first; one that was written twice is there once. */
  find({ measurement, where, fromMs, toMs, limit }: EventQuery): readonly Point[] {
    const found = new Map<string, Point>()
    const first = new Date(Math.max(0, fromMs)).toISOString().slice(0, 10)
    const last = new Date(toMs).toISOString().slice(0, 10)
    for (const name of this.days.toReversed()) {
      const day = name.slice(0, 10)
      if (day > last) continue
      if (day < first || found.size >= limit) break
      for (const point of this.read(name)) {
        if (point.measurement !== measurement || point.at < fromMs || point.at >= toMs) continue
        const fits = Object.entries(where).every(([tag, values]) => {
          const value = point.tags[tag] ?? ''
          return typeof values === 'string' ? values === value : values.includes(value)
        })
        if (fits) found.set(`${point.at} ${JSON.stringify(point.tags)}`, point)
      }
    }
    const events = [...found.values()].sort((one, other) => one.at - other.at)
    return events.slice(Math.max(0, events.length - limit))
  }

  /** All of one day; what is not whole is passed over. */
  read(name: string): readonly Point[] {
    let text: string
    try {
      text = readFileSync(join(this.#dir, name), 'utf8')
    } catch {
      return []
    }
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Point]
      } catch {
        return []
      }
    })
  }

  /** Nothing older than this is kept. */
  dropBefore(atMs: number): void {
    const first = new Date(Math.max(0, atMs - DAY_MS)).toISOString().slice(0, 10)
    for (const name of this.days) if (name.slice(0, 10) < first) this.#remove(name)
  }

  #dropOldest(): void {
    for (const name of this.days.slice(0, -1)) {
      if (this.bytes <= this.#maxBytes) return
      this.#remove(name)
    }
  }

  #remove(name: string): void {
    rmSync(join(this.#dir, name), { force: true })
    this.#sizes.delete(name)
  }
}

/** Cuts off a line that was half written, and returns how long the file is then. */
function wholeLines(path: string): number {
  const bytes = readFileSync(path)
  const whole = bytes.lastIndexOf(0x0a) + 1
  if (whole < bytes.length) truncateSync(path, whole)
  return whole
}
