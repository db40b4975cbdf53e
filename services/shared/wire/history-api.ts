import { z } from 'zod'

const time = z.coerce.number().describe('milliseconds since the epoch')

/** What somebody wants to see of the past. */
export const historyRequestSchema = z.object({
  target: z.string().describe('a virtual service (web), or a real server in one (web/web1)'),
  fromMs: time,
  toMs: time,
  windows: z.coerce
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(240)
    .describe('at most so many points in time; they are rolled up into windows of equal length'),
})

const seriesSchema = z.object({
  measurement: z.string(),
  tags: z
    .record(z.string(), z.string())
    .describe('check and vantage, or director; empty where it has none'),
  columns: z.array(z.string()).describe('field and how its points were rolled up: latency_ms mean'),
  rows: z.array(
    z.object({
      at: z.number().describe('begin of the window, milliseconds since the epoch'),
      values: z.array(z.number().nullable()),
    }),
  ),
})

const eventSchema = z.object({
  at: z.number(),
  type: z.string(),
  message: z.string(),
  by: z.string().optional(),
})

/** The answer of `lvsctl history --json`. */
export const historySchema = z.object({
  target: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number().describe('length of a window'),
  source: z.string().describe('influxdb or local'),
  series: z.array(seriesSchema),
  events: z.array(eventSchema).describe('transitions and operators’ actions, oldest first'),
  problem: z.string().optional().describe('what is wrong with the history now'),
})
export type HistoryAnswer = z.infer<typeof historySchema>
export type HistoryAnswerSeries = HistoryAnswer['series'][number]

/** What somebody wants to take away. */
export const historyExportRequestSchema = z.object({
  cursor: z.string().max(200).optional().describe('`next` of the page before; none for the first'),
})

/** A piece of the whole history. */
export const historyExportSchema = z.object({
  lines: z.array(z.string()).describe('InfluxDB line protocol, times in microseconds'),
  next: z.string().optional().describe('where to go on; none after the last page'),
})
