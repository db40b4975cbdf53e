import { appendFileSync, readFileSync, truncateSync } from 'node:fs'
import { MEASUREMENTS, type MeasurementName } from '../../domain/measurements.ts'
import { type Point, seriesKey } from '../../domain/point.ts'
import type { TagFilter } from '../../ports/history.ts'

/** A series and the number under which files have it. */
export interface Series {
  readonly id: number
  readonly measurement: MeasurementName
  readonly tags: Readonly<Record<string, string>>
}

/** Numbers of series, kept in a file of lines; a number is never used again. */
export class SeriesBook {
  readonly #path: string
  readonly #max: number
  readonly #byKey = new Map<string, Series>()
  readonly #all: Series[] = []
  #unwritten = ''

  /** Reads the file; what is not whole at its end is cut off. Throws what the file system says. */
  constructor(path: string, max: number) {
    this.#path = path
    this.#max = max
    this.#load()
  }

  get size(): number {
    return this.#all.length
  }

  /** The series of a point; a new one is given a number, as long as there are not too many. */
  of(point: Point): Series | undefined {
    const key = seriesKey(point)
    const known = this.#byKey.get(key)
    if (known !== undefined || this.#all.length >= this.#max) return known
    const { measurement, tags } = point
    const series = { id: this.#all.length, measurement, tags }
    this.#add(series, key)
    this.#unwritten += `${JSON.stringify([measurement, tags])}\n`
    return series
  }

  byId(id: number): Series | undefined {
    return this.#all[id]
  }

  /** Those of a measurement whose tags fit. */
  find(measurement: MeasurementName, where: TagFilter): readonly Series[] {
    const wanted = Object.entries(where)
    return this.#all.filter(
      (series) =>
        series.measurement === measurement &&
        wanted.every(([tag, values]) => isAmong(values, series.tags[tag] ?? '')),
    )
  }

  /** Writes what is new; to be called before anything that uses the numbers is written. */
  save(): void {
    if (this.#unwritten === '') return
    appendFileSync(this.#path, this.#unwritten, { mode: 0o600 })
    this.#unwritten = ''
  }

  #load(): void {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    const end = text.lastIndexOf('\n') + 1
    if (end < text.length) truncateSync(this.#path, Buffer.byteLength(text.slice(0, end)))
    for (const line of text.slice(0, end).split('\n').slice(0, -1)) this.#read(line)
  }

  /** A line that cannot be read keeps its number, so that the others keep theirs. */
  #read(line: string): void {
    const id = this.#all.length
    try {
      const [measurement, tags] = JSON.parse(line) as [MeasurementName, Record<string, string>]
      if (MEASUREMENTS[measurement] !== undefined && typeof tags === 'object') {
        this.#add({ id, measurement, tags }, seriesKey({ measurement, tags }))
        return
      }
    } catch {
      // Falls through: it is as good as a series that has gone.
    }
    this.#add({ id, measurement: 'check', tags: { service: `unreadable-${id}` } }, `#${id}`)
  }

  #add(series: Series, key: string): void {
    this.#all.push(series)
    this.#byKey.set(key, series)
  }
}

function isAmong(values: string | readonly string[], value: string): boolean {
  return typeof values === 'string' ? values === value : values.includes(value)
}
