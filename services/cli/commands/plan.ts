import type { ApplyPlanRequest, Planned } from '../../shared/wire/api-plans.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findingLine } from '../findings.ts'
import { localTime } from '../local-time.ts'
import { readClusterFile } from '../read-cluster-file.ts'
import { planLines, planSummary } from '../views/plan-view.ts'
import { showApplied } from './apply.ts'

/**
 * `lvsctl plan FILE`: what it would change. Ends with 0 when nothing, 5 when something, and 1 when
 * the file has errors or a guard objects.
 */
export async function runPlan(
  context: CliContext,
  { file, by }: { readonly file: string; readonly by: string },
): Promise<ExitCode> {
  const { io, json, style, client } = context
  const text = await readClusterFile(io, file)
  const planned = await client.ask('plan', { file, text, by })
  if (json) printJson(io, planned)
  else {
    const width = lineWidth(io)
    const findings = planned.findings.map((finding) => findingLine(finding, style))
    printLines(io, [...findings, ...planLines(planned, style, width), ...lastLines(planned)])
  }
  return exitCodeOf(planned)
}

/** `lvsctl apply --plan ID`: just that, or nothing. */
export async function runApplyPlan(
  context: CliContext,
  request: ApplyPlanRequest,
): Promise<ExitCode> {
  return showApplied(context, await context.client.ask('applyPlan', request))
}

function exitCodeOf(planned: Planned): ExitCode {
  if (hasErrors(planned) || isObjected(planned)) return EXIT.no
  return isNothing(planned) ? EXIT.ok : EXIT.changes
}

function lastLines(planned: Planned): readonly string[] {
  const { plan, until, base, file } = planned
  if (hasErrors(planned)) return [`${file} has errors: there is nothing to plan`]
  const said = isNothing(planned) ? 'nothing to do' : planSummary(planned)
  if (plan === undefined || until === undefined) return [`${said}: ${file} is in force already`]
  const force = isObjected(planned) ? ' --force' : ''
  return [
    said,
    `plan ${plan} starts from revision ${base} and is kept until ${localTime(until)}`,
    `lvsctl apply --plan ${plan}${force} does just that`,
  ]
}

function isNothing({ changes, later, settings }: Planned): boolean {
  return changes.length + later.length + settings.length === 0
}

function isObjected({ verdicts }: Planned): boolean {
  return verdicts.some(({ objections }) => objections.length > 0)
}

function hasErrors({ findings }: Planned): boolean {
  return findings.some(({ severity }) => severity === 'error')
}
