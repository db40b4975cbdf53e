import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { auditLines } from '../views/audit-view.ts'

/** Which lines of the audit log. */
export interface AuditOptions {
  readonly limit: number
  readonly sinceMs?: number
  readonly user?: string
}

/** `lvsctl audit`: who changed what, from where and why; oldest first. */
export async function runAudit(
  { io, client, json }: CliContext,
  { limit, sinceMs, user }: AuditOptions,
): Promise<ExitCode> {
  const answer = await client.ask('audit', {
    limit,
    ...(sinceMs !== undefined && { since: io.now() - sinceMs }),
    ...(user !== undefined && { user }),
  })
  if (json) printJson(io, answer)
  else printLines(io, auditLines(answer.entries, lineWidth(io)))
  return EXIT.ok
}
