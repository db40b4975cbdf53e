import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { oneLine } from '../text-width.ts'

/** Which frozen services, who says so and why. */
export interface ReleaseOptions {
  readonly services: readonly string[]
  readonly owner: string
  readonly reason: string
}

/** `lvsctl release`: the failures that a breaker holds back are real. */
export async function runRelease(
  { io, client, json }: CliContext,
  { services, owner, reason }: ReleaseOptions,
): Promise<ExitCode> {
  const answer = await client.ask('release', { services: [...services], owner, reason })
  if (json) printJson(io, answer)
  else {
    const lines = answer.released.map(
      ({ service, cause }) => `${service}: released; it was frozen because ${cause}`,
    )
    printLines(io, lines.map(oneLine))
  }
  return EXIT.ok
}
