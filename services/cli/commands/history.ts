import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { historyCsv } from '../views/history-csv.ts'
import { historyLines, plotColumns } from '../views/history-view.ts'

/** What to show of the past. */
export interface HistoryQuestion {
  readonly target: string
  /** Milliseconds before now. */
  readonly sinceMs: number
  readonly untilMs: number
  readonly csv: boolean
}

/** Programs want more than fits on a screen. */
const WINDOWS_FOR_PROGRAMS = 1000

/** `lvsctl history`: charts for people, rows for programs. */
export async function runHistory(
  context: CliContext,
  { target, sinceMs, untilMs, csv }: HistoryQuestion,
): Promise<ExitCode> {
  const { io, client, json, style } = context
  const now = io.now()
  const width = lineWidth(io)
  const windows = csv || json ? WINDOWS_FOR_PROGRAMS : plotColumns(width)
  const range = { fromMs: now - sinceMs, toMs: now - untilMs }
  const answer = await client.ask('history', { target, ...range, windows })
  if (json) printJson(io, answer)
  else if (csv) printLines(io, historyCsv(answer))
  else printLines(io, historyLines(answer, { style, width }))
  return EXIT.ok
}
