import { formatDuration } from '../../shared/domain/duration.ts'
import type { AlertTested, AlertTestRequest } from '../../shared/wire/api-alerts.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { Style } from '../style.ts'
import { oneLine } from '../text-width.ts'

/** `lvsctl alerts test`: sends one, and says what came of it. */
export async function runAlertTest(
  { io, client, json, style }: CliContext,
  request: AlertTestRequest,
): Promise<ExitCode> {
  const tested = await client.ask('alertTest', request)
  if (json) printJson(io, tested)
  else printLines(io, alertTestLines(tested, style))
  return tested.outcome === 'delivered' ? EXIT.ok : EXIT.no
}

/** What came of a test, and what to do about it. */
export function alertTestLines(tested: AlertTested, style: Style): readonly string[] {
  const { channel, type, alerter, outcome, tookMs, remark } = tested
  const took = tookMs < 1000 ? `${tookMs} ms` : formatDuration(tookMs)
  const by = `${channel} (${type}) by alerter ${alerter}, ${took}`
  if (outcome === 'delivered') {
    const rest = remark === undefined ? [] : [style.bad(`  but ${oneLine(remark)}`)]
    return [`${style.good('delivered')}: ${by}`, ...rest, '  look whether it has arrived']
  }
  const { reason = '', final = false, retryAfterMs } = tested
  return [
    `${style.bad('failed')}: ${by}`,
    `  ${oneLine(reason)}`,
    ...(retryAfterMs === undefined
      ? []
      : [`  wait ${formatDuration(retryAfterMs)} before the next`]),
    final
      ? '  an alert would not be tried again: mend the channel in the cluster file, or its secret'
      : '  an alert would be tried again for a day, and then stand in the dead-letter list',
  ]
}
