import type { ProbeId } from '../../shared/domain/check-spec.ts'
import { type Due, DueHeap } from './due-heap.ts'
import { phaseOf } from './phase.ts'

/** How often a probe runs. */
export interface Timing {
  readonly intervalMs: number
  readonly fastIntervalMs: number
  /** Share of the interval by which a run may move, either way. */
  readonly jitter: number
}

/** A new probe has its first run within this time, or its interval where that is less. */
const FIRST_RUN_WITHIN_MS = 2000
/** What was due while nobody ran it runs within this time, so that not all of it is at once. */
const CATCH_UP_WITHIN_MS = 250
/** A run that is late by more than this share of its interval waits for the next one, once. */
const TOO_LATE = 0.25

interface Entry extends Due {
  readonly id: ProbeId
  timing: Timing
  readonly phase: number
  /** Number of the grid point that the last run stood for; NaN before the first run. */
  grid: number
  startedMs: number
  running: boolean
  /** The run that is due is one on the grid, so it may be left out when it is late. */
  onGrid: boolean
  leftOut: boolean
  /** Someone asked for a run while one was under way. */
  again: boolean
}

/**
 * When each probe runs next. Every probe has its own phase on a grid of its interval, so load is
 * flat and stays so; no probe runs twice at once; a late wake-up leaves runs out rather than doing
 * them all. Times are monotonic milliseconds, and chance is handed in.
 */
export class Schedule {
  readonly #originMs: number
  readonly #salt: string
  readonly #entries = new Map<ProbeId, Entry>()
  readonly #heap = new DueHeap<Entry>()

  /**
   * With the monotonic time of a moment that all probers share (of the epoch, by their clocks) they
   * have one grid, so a probe that moves from one to another keeps its times. Who shares a `salt`
   * has the same phases; others look at other times.
   */
  constructor(originMs = 0, salt = '') {
    this.#originMs = originMs
    this.#salt = salt
  }

  /** When something is due; `undefined` when nothing waits. */
  get nextDueMs(): number | undefined {
    return this.#heap.earliest?.dueMs
  }

  /**
   * Adds a probe, or gives a known one a new timing from its next run on. One that others ran until
   * `sinceMs` goes on no later than it was due, and soon where that has passed.
   */
  set(id: ProbeId, timing: Timing, nowMs: number, sinceMs?: number): void {
    const known = this.#entries.get(id)
    if (known !== undefined) {
      known.timing = timing
      return
    }
    const phase = phaseOf(`${this.#salt}${id}`)
    const entry: Entry = {
      id,
      timing,
      phase,
      grid: Number.NaN,
      startedMs: Number.NaN,
      running: false,
      onGrid: false,
      leftOut: false,
      again: false,
      dueMs: 0,
      slot: -1,
    }
    this.#entries.set(id, entry)
    const { intervalMs } = timing
    if (sinceMs === undefined) {
      this.#heap.put(entry, nowMs + phase * Math.min(intervalMs, FIRST_RUN_WITHIN_MS))
      return
    }
    const due = this.#time(entry, Math.floor(this.#position(entry, sinceMs)) + 1)
    const soon = nowMs + phase * Math.min(intervalMs, CATCH_UP_WITHIN_MS)
    this.#heap.put(entry, due >= nowMs ? due : soon)
  }

  /** Forgets a probe; the end of its run, if one is under way, is nobody's business then. */
  remove(id: ProbeId): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#heap.remove(entry)
    this.#entries.delete(id)
  }

  /** Makes a probe due now, or right after the run that is under way. */
  hurry(id: ProbeId, nowMs: number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    if (entry.running) entry.again = true
    else if (entry.dueMs > nowMs) {
      entry.onGrid = false
      this.#heap.put(entry, nowMs)
    }
  }

  /** Takes up to `limit` probes that are due; they count as running until `finish`. */
  take(nowMs: number, limit: number): ProbeId[] {
    const due: ProbeId[] = []
    while (due.length < limit) {
      const entry = this.#heap.earliest
      if (entry === undefined || entry.dueMs > nowMs) break
      if (this.#isTooLate(entry, nowMs)) {
        entry.leftOut = true
        entry.grid = Math.floor(this.#position(entry, nowMs))
        this.#heap.put(entry, this.#time(entry, entry.grid + 1))
        continue
      }
      this.#heap.remove(entry)
      this.#begin(entry, nowMs)
      due.push(entry.id)
    }
    return due
  }

  /** Ends a run and sets the next one; `random` is from 0 up to 1. */
  finish(id: ProbeId, nowMs: number, isFast: boolean, random: number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || !entry.running) return
    entry.running = false
    const { intervalMs, fastIntervalMs, jitter } = entry.timing
    const share = (2 * random - 1) * jitter
    entry.onGrid = !isFast && !entry.again
    if (entry.again) this.#heap.put(entry, nowMs)
    else if (isFast) {
      const next = entry.startedMs + fastIntervalMs * (1 + share)
      this.#heap.put(entry, Math.max(nowMs, next))
    } else {
      const point = Math.max(entry.grid + 1, Math.ceil(this.#position(entry, nowMs)))
      this.#heap.put(entry, Math.max(nowMs, this.#time(entry, point) + share * intervalMs))
    }
  }

  #begin(entry: Entry, nowMs: number): void {
    const position = this.#position(entry, nowMs)
    // Jitter moves a run by less than half an interval, so rounding finds the point it stands for.
    entry.grid = entry.onGrid
      ? Math.max(entry.grid + 1, Math.floor(position))
      : Math.floor(position)
    entry.startedMs = nowMs
    entry.running = true
    entry.again = false
    entry.leftOut = false
  }

  #isTooLate(entry: Entry, nowMs: number): boolean {
    if (!entry.onGrid || entry.leftOut) return false
    return nowMs - entry.dueMs > entry.timing.intervalMs * TOO_LATE
  }

  /** How many intervals after the origin of its own grid a probe is. */
  #position({ phase, timing }: Entry, nowMs: number): number {
    return (nowMs - this.#originMs) / timing.intervalMs - phase
  }

  #time({ phase, timing }: Entry, point: number): number {
    return (point + phase) * timing.intervalMs + this.#originMs
  }
}
