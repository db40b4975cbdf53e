import type { ServiceProjection } from '../../shared/wire/api.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { oneLine, percent } from '../text-width.ts'

/** `lvsctl project`: whether the rest would carry it; exit code 1 when it would not. */
export async function runProject(
  { io, client, json, style }: CliContext,
  targets: readonly string[],
): Promise<ExitCode> {
  const answer = await client.ask('project', { targets: [...targets] })
  const refused = answer.services.some(({ objections }) => objections.length > 0)
  if (json) printJson(io, answer)
  else {
    for (const projection of answer.services) {
      const paint = projection.objections.length > 0 ? style.bad : style.good
      printLines(io, [paint(oneLine(headline(projection))), ...loads(projection)])
    }
  }
  return refused ? EXIT.no : EXIT.ok
}

function headline({ service, share, objections }: ServiceProjection): string {
  const why = objections.join('; ')
  const up = `${percent(share.before)} -> ${percent(share.after)} of the weight is up`
  return `${service}: ${why === '' ? `the rest carries it: ${up}` : why}`
}

function loads({ servers }: ServiceProjection): readonly string[] {
  return servers.map(({ name, active, rate }) =>
    oneLine(
      `  ${name}: ${active.before} -> ${active.after} active connections, ` +
        `${rate.before.toFixed(1)} -> ${rate.after.toFixed(1)} new a second`,
    ),
  )
}
