import { formatDuration } from '../../shared/domain/duration.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { OutageStatus } from '../../shared/wire/outage-status.ts'
import { persist } from '../persist.ts'
import { untilDrained } from '../until-drained.ts'
import {
  type DrainProgress,
  drainEnds,
  drainLine,
  drainVerdict,
  isGivenUp,
  rowsLeft,
} from '../views/drain-view.ts'
import { outageWords } from '../views/drain-words.ts'
import { placesOf } from './pool.ts'
import type { RollingOptions } from './rolling-options.ts'
import type { TurnContext } from './turn-context.ts'
import { untilWell } from './until-well.ts'

/** What became of one real server. */
export type TurnEnd =
  | { readonly type: 'done' }
  /** Somebody else has taken it out. */
  | { readonly type: 'skipped'; readonly why: string }
  /** `after` says what it is left in. */
  | { readonly type: 'failed'; readonly why: string; readonly after: string }
  | { readonly type: 'interrupted'; readonly after: string }

const POLL_MS = 1000

/** Lets one real server run empty, runs the command, brings it back and waits until it is well. */
export async function takeTurn(context: TurnContext, target: string): Promise<TurnEnd> {
  const { io, client } = context
  const before = placesOf(await persist(io, () => client.ask('status', {})), target)
  const out = before.find(({ server }) => server.admin !== 'enabled')
  if (out !== undefined) return { type: 'skipped', why: `${out.server.reason}` }
  const serving = before.filter(({ server }) => server.weight.effective > 0)
  const address = before[0]?.server.address ?? ''

  const refused = await order(context, target)
  if (refused !== undefined) return refused
  const drained = await letDrain(context, target)
  if ('type' in drained) return drained
  const failed = await runCommand(context, { target, address })
  if (failed !== undefined) {
    return { type: 'failed', why: failed, after: `${target} stays out of service` }
  }
  const taken = await whoseNow(context, target, drained)
  if (taken !== undefined) {
    return { type: 'failed', why: `meanwhile ${taken}`, after: `${target} is left to that` }
  }
  context.show('enabling')
  const reason = context.options.reason
  const word = { targets: [target], owner: context.options.owner, reason }
  await persist(io, () => client.ask('enable', word))
  const names = serving.map(({ service }) => service)
  const sick = await untilWell(context, target, new Set(names))
  if (sick === undefined) return { type: 'done' }
  return { type: 'failed', why: sick, after: `${target} is enabled and serves when it is well` }
}

/** Asks for the drain; what is refused is tried again as long as others of this roll come back. */
async function order(context: TurnContext, target: string): Promise<TurnEnd | undefined> {
  const { io, client, options, stop, show, onOut, mayWait } = context
  const { owner, reason, forMs, deadlineMs, atDeadline, force } = options
  const request = {
    targets: [target],
    owner,
    reason,
    ...(forMs !== undefined && { forMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(atDeadline !== undefined && { atDeadline }),
    ...(force === true && { force }),
  }
  const giveUpAt = io.now() + options.withinMs
  const after = `${target} was not touched`
  for (let refusals = 1; !stop.aborted; refusals++) {
    try {
      await persist(io, () => client.ask('drain', request))
      onOut()
      return undefined
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'api.refused') throw error
      const why = error.message
      if (!mayWait(refusals) || io.now() >= giveUpAt) return { type: 'failed', why, after }
      show(`waits for its turn: ${why}`)
      await io.sleep(POLL_MS, stop)
    }
  }
  return { type: 'interrupted', after }
}

/** Whose order it is, once nothing is left. */
async function letDrain(context: TurnContext, target: string): Promise<OutageStatus | TurnEnd> {
  const { options, show, io } = context
  let outage: OutageStatus | undefined
  const late = new AbortController()
  const signal = AbortSignal.any([context.stop, late.signal])
  function look(progress: readonly DrainProgress[]): void {
    for (const { server } of progress.flatMap(({ rows }) => rows)) outage ??= server.outage
    if (progress.some((one) => isPastDeadline(one, options))) late.abort()
  }
  show('draining')
  const startedAt = io.now()
  const progress = await untilDrained(context, [target], signal, {
    onProgress(now) {
      look(now)
      const lines = now.flatMap(rowsLeft).map(drainLine)
      const elapsed = `draining for ${formatDuration(io.now() - startedAt)}`
      show(`draining: ${lines.join(', ')}`, [...drainEnds(now), elapsed])
    },
    onTrouble: (message) => show(`draining: ${message}`),
  })
  if (progress === undefined) {
    const after = `${target} goes on draining`
    if (!late.signal.aborted) return { type: 'interrupted', after }
    return { type: 'failed', why: 'it is not drained at its deadline', after }
  }
  look(progress)
  const [first] = progress
  if (outage === undefined || first === undefined || isGivenUp(first)) {
    const why = first === undefined ? 'it is gone' : drainVerdict(first)
    return { type: 'failed', why, after: `${target} is not out of service` }
  }
  return outage
}

function isPastDeadline(
  { rows, at }: DrainProgress,
  { atDeadline = 'keep' }: RollingOptions,
): boolean {
  if (atDeadline !== 'keep') return false
  return rows.some(({ server: { drain } }) => drain?.deadline !== undefined && drain.deadline < at)
}

/** Why the command failed, if it did. */
async function runCommand(
  { io, options, show, print }: TurnContext,
  { target, address }: { readonly target: string; readonly address: string },
): Promise<string | undefined> {
  const server = target.slice(target.indexOf('/') + 1)
  const values: Readonly<Record<string, string>> = { server, address, target }
  const words = options.command.map((word) =>
    word.replaceAll(/\{(server|address|target)\}/g, (_, name: string) => values[name] ?? ''),
  )
  const own = { LVS_SERVER: server, LVS_ADDRESS: address, LVS_TARGET: target }
  const { pid, ended } = io.startProgram(words, { ...io.env, ...own }, print)
  show(`running ${words.join(' ')}${pid === undefined ? '' : ` (pid ${pid})`}`)
  const failure = await ended
  return failure === undefined ? undefined : `${words[0]} ${failure}`
}

/** Who has said something else about it since; nobody usually. */
async function whoseNow(
  { io, client }: TurnContext,
  target: string,
  { since, kind }: OutageStatus,
): Promise<string | undefined> {
  const places = placesOf(await persist(io, () => client.ask('status', {})), target)
  for (const { server } of places) {
    if (server.outage === undefined) return 'somebody has enabled it'
    const { outage } = server
    if (outage.since !== since || outage.kind !== kind) return outageWords(outage)
  }
  return undefined
}
