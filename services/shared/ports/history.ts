import type { Aggregate, MeasurementName } from '../domain/measurements.ts'
import type { Point } from '../domain/point.ts'

/** The door to the past: points in, questions out. */
export interface History {
  /** Short name for people: `influxdb`, `local`. */
  readonly name: string
  /** Takes points and returns at once. Never throws: what cannot be kept is counted. */
  write(points: readonly Point[]): void
  /** Resolves when all that was written before is in the database or safe on disk. */
  flush(): Promise<void>
  /**
   * Samples, rolled up into windows. Throws a `ServiceError`: `history.unsupported` for a field or
   * aggregate that is not declared, `history.too-much` for more windows than anybody looks at,
   * `history.unavailable` when the database does not answer.
   */
  query(query: HistoryQuery): Promise<readonly HistorySeries[]>
  /** Events one by one, oldest first; the latest when there are more than `limit`. */
  events(query: EventQuery): Promise<readonly Point[]>
  /**
   * A piece of everything, for another database. Throws `history.unsupported` where the database
   * has its own way.
   */
  exportPage(cursor: string | undefined): Promise<ExportPage>
  statistics(): HistoryStatistics
  /** Keeps what was taken, then frees everything. */
  close(): Promise<void>
}

/** Which points, by tag; several values mean any of them. */
export type TagFilter = Readonly<Record<string, string | readonly string[]>>

/** One column of an answer. */
export interface FieldQuery {
  readonly field: string
  /** One of the field's declared roll-ups. */
  readonly by: Aggregate
}

/** Samples of one measurement in windows of equal length that begin at multiples of it. */
export interface HistoryQuery {
  readonly measurement: MeasurementName
  readonly where: TagFilter
  readonly fields: readonly FieldQuery[]
  /** Milliseconds since the epoch; both ends are moved outwards to whole windows. */
  readonly fromMs: number
  readonly toMs: number
  /** Length of a window; at least `SHORTEST_STEP_MS`, and a multiple of it. */
  readonly stepMs: number
  /** A series for each combination of these tags; all in one without any. */
  readonly groupBy: readonly string[]
}

/** What one group was, window by window; windows without points are left out. */
export interface HistorySeries {
  /** Those of `groupBy`; empty where the points have no such tag. */
  readonly tags: Readonly<Record<string, string>>
  readonly rows: readonly HistoryRow[]
}

/** One window: its beginning, and a value for each asked field. */
export interface HistoryRow {
  readonly at: number
  readonly values: readonly (number | null)[]
}

/** Events of one measurement. */
export interface EventQuery {
  readonly measurement: MeasurementName
  readonly where: TagFilter
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
}

/** Points, and where to go on; without `next` that was all. */
export interface ExportPage {
  readonly points: readonly Point[]
  readonly next?: string
}

/** How it fares, since it was opened. */
export interface HistoryStatistics {
  /** Points taken by `write`. */
  readonly taken: number
  /** Points in the database. */
  readonly written: number
  /** Points given up, by why: `no-room`, `refused`, `late`, `too-many-series`. */
  readonly dropped: Readonly<Record<string, number>>
  /** Points that wait in memory or on disk. */
  readonly waiting: number
  /** Disk taken: by waiting points, or by the whole of a local history. */
  readonly diskBytes: number
  readonly series: number
  /** Duration of the last write, in milliseconds. */
  readonly lastWriteMs?: number
  /** What is wrong now, for people. */
  readonly problem?: string
}

/** The finest window: what a local history keeps. */
export const SHORTEST_STEP_MS = 10_000

/** No chart has more windows. */
export const MOST_WINDOWS = 11_000
