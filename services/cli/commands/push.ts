import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { oneLine } from '../text-width.ts'

/** What is said of which real server. */
export interface PushOptions {
  readonly target: string
  /** `ok`, `fail`, or a share of the weight: `75%`. */
  readonly state: string
  readonly message: string
}

/** `lvsctl push`: a word about a real server for its checks of type push. */
export async function runPush(context: CliContext, options: PushOptions): Promise<ExitCode> {
  const { io, client, json } = context
  const answer = await client.ask('push', options)
  const { pushed } = answer
  if (json) printJson(io, answer)
  else {
    const lines = pushed.map(({ service, server, label }) => `${service}/${server} ${label}`)
    printLines(
      io,
      lines.map((line) => oneLine(`${line}: ${options.state}`)),
    )
  }
  return EXIT.ok
}
