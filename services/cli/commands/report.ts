import { reportLines } from '../../shared/domain/report-lines.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localTime } from '../local-time.ts'
import { reportCsv } from '../views/report-csv.ts'

/** Of which time, of what, and how. */
export interface ReportQuestion {
  readonly fromMs: number
  readonly toMs: number
  readonly service?: string
  readonly format: 'text' | 'json' | 'csv'
}

/** `lvsctl report`: how available services and real servers were. */
export async function runReport(
  { io, client, json }: CliContext,
  { format, ...question }: ReportQuestion,
): Promise<ExitCode> {
  const report = await client.ask('report', question)
  if (json || format === 'json') printJson(io, report)
  else if (format === 'csv') printLines(io, reportCsv(report))
  else printLines(io, reportLines(report, localTime))
  return EXIT.ok
}
