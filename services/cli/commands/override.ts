import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { changeLines } from '../views/change-view.ts'
import { waitForDrain } from './wait-for-drain.ts'

/** Whom an order concerns, who gives it and why. */
export interface OverrideOptions {
  readonly verb: 'drain' | 'maintenance' | 'enable'
  /** `web1` in all its services, `web/web1` in one. */
  readonly targets: readonly string[]
  readonly owner: string
  readonly reason: string
  /** Ends by itself after so long; until enabled when absent. */
  readonly forMs?: number
  /** Of a drain: stay until the last connection has ended. */
  readonly wait: boolean
}

/** `lvsctl drain | maintenance | enable`: says what it did for each service. */
export async function runOverride(
  context: CliContext,
  { verb, targets, owner, reason, forMs, wait }: OverrideOptions,
): Promise<ExitCode> {
  const { io, client, json, style } = context
  const order = { targets: [...targets], owner, reason, ...(forMs !== undefined && { forMs }) }
  const changed = await client.ask(verb, order)
  if (json) {
    printJson(io, changed)
    return EXIT.ok
  }
  printLines(io, changeLines(changed, style))
  if (verb !== 'drain') return EXIT.ok
  if (wait) return waitForDrain(context, targets)
  printLines(io, [`not waiting; follow with: lvsctl status --watch`])
  return EXIT.ok
}
