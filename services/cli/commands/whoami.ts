import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localTime } from '../local-time.ts'
import { oneLine } from '../text-width.ts'

/** `lvsctl whoami`: who the daemon takes one for. */
export async function runWhoami({ io, client, json }: CliContext): Promise<ExitCode> {
  const answer = await client.ask('whoami', {})
  if (json) printJson(io, answer)
  else {
    const { name, role, services, from, expiresAt } = answer
    const where = services === undefined ? '' : ` on ${services.join(', ')}`
    const until = expiresAt === undefined ? '' : `, until ${localTime(expiresAt)}`
    printLines(io, [oneLine(`${name}: ${role}${where}, from ${from}${until}`)])
  }
  return EXIT.ok
}
