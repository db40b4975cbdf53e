import type { DeadlineAct } from '../../shared/domain/override.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { Changed } from '../../shared/wire/api.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { changeLines, emptiedLines, remarkLines } from '../views/change-view.ts'
import { enabling, waitForDrain } from './wait-for-drain.ts'

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
  /** Also where a guard says that the rest cannot carry it. */
  readonly force?: boolean
  /** Of a drain: how long it may take, and what becomes of it then. */
  readonly deadlineMs?: number
  readonly atDeadline?: DeadlineAct
  /** Of a drain: keep the row at weight 0 when it is over. */
  readonly hold?: boolean
}

/** `lvsctl drain | maintenance | enable`: says what it did for each service. */
export async function runOverride(
  context: CliContext,
  { verb, targets, wait, ...word }: OverrideOptions,
): Promise<ExitCode> {
  const { io, client, json, style } = context
  const order = { targets: [...targets], ...word }
  const changed = await client.ask(verb, order)
  if (json) {
    printJson(io, changed)
    return EXIT.ok
  }
  printLines(io, [...changeLines(changed, style), ...remarkLines(changed)])
  if (verb === 'enable') return EXIT.ok
  printLines(io, (await emptied(context, changed)).map(style.bad))
  if (verb === 'drain' && wait) return waitForDrain(context, targets)
  if (verb === 'drain') printLines(io, ['follow it: lvsctl status --watch'])
  printLines(io, [`undo it:   lvsctl enable ${enabling(targets)}`])
  return EXIT.ok
}

/** The order is given: a status that cannot be had must not make it look undone. */
async function emptied({ client }: CliContext, changed: Changed): Promise<readonly string[]> {
  try {
    return emptiedLines(await client.ask('status', {}), changed)
  } catch (error) {
    if (error instanceof ServiceError) return []
    throw error
  }
}
