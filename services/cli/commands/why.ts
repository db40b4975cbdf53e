import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { whyLines } from '../views/why-view.ts'

/** `lvsctl why`: the provenance of a real server's weight, for each service it is in. */
export async function runWhy(context: CliContext, target: string): Promise<ExitCode> {
  const { io, client, json, style } = context
  const answer = await client.ask('why', { target })
  if (json) printJson(io, answer)
  else {
    const blocks = answer.answers.map((why) => whyLines(why, style, io.now()))
    printLines(
      io,
      blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])),
    )
  }
  return EXIT.ok
}
