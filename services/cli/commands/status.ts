import { suggestKey } from '../../shared/domain/nearest-key.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { Status } from '../../shared/wire/status.ts'
import { type CliContext, lineWidth, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { statusLines } from '../views/status-view.ts'
import { watchScreen } from '../watch-screen.ts'

const REDRAW_MS = 1000

/** What of the status to show, and how long. */
export interface StatusOptions {
  /** Names of virtual services; all of them when empty. */
  readonly services: readonly string[]
  /** Go on until Ctrl-C or `q`. */
  readonly watch: boolean
}

/** `lvsctl status`: what is wrong first, then every service with its real servers. */
export async function runStatus(
  context: CliContext,
  { services, watch }: StatusOptions,
): Promise<ExitCode> {
  const { io, json, style } = context

  function lines(status: Status): readonly string[] {
    const wanted = services.length === 0 ? {} : { services }
    return statusLines(status, { style, width: lineWidth(io), ...wanted })
  }

  const status = await readStatus(context, services)
  if (watch) {
    const { terminal } = io
    if (json) return watchJson(context, services)
    if (terminal === undefined) {
      throw new ServiceError('cli.usage', '--watch needs a terminal, or --json for a line a second')
    }
    const draw = async () => lines(await readStatus(context, services))
    await watchScreen({ io, terminal, draw, first: lines(status), everyMs: REDRAW_MS })
  } else if (json) printJson(io, status)
  else printLines(io, lines(status))
  return EXIT.ok
}

/** Throws `api.unknown-target` for a service that is not there, with the nearest that is. */
async function readStatus({ client }: CliContext, services: readonly string[]): Promise<Status> {
  const status = await client.ask('status', {})
  if (services.length === 0) return status
  const present = status.services.map(({ name }) => name)
  const unknown = services.find((name) => !present.includes(name))
  if (unknown !== undefined) {
    const message = `no virtual service is called ${unknown}${suggestKey(unknown, present)}`
    throw new ServiceError('api.unknown-target', message)
  }
  return { ...status, services: status.services.filter(({ name }) => services.includes(name)) }
}

async function watchJson(context: CliContext, services: readonly string[]): Promise<ExitCode> {
  const { io } = context
  const stop = new AbortController()
  const release = io.onInterrupt(() => stop.abort())
  try {
    while (!stop.signal.aborted) {
      io.out(`${JSON.stringify(await readStatus(context, services))}\n`)
      await io.sleep(REDRAW_MS, stop.signal)
    }
  } finally {
    release()
  }
  return EXIT.ok
}
