import { formatDuration } from '../../shared/domain/duration.ts'
import type { Why } from '../../shared/wire/status.ts'
import { persist } from '../persist.ts'
import type { TurnContext } from './turn-context.ts'

const POLL_MS = 1000

/**
 * Waits until a real server serves again wherever it did, by checks that were run since and have
 * passed for as long as it shall settle. Says what is wrong when that takes too long; `undefined`
 * when it is well, or nobody waits any more.
 */
export async function untilWell(
  { io, client, options, stop, show }: TurnContext,
  target: string,
  serving: ReadonlySet<string>,
): Promise<string | undefined> {
  // What was seen before says nothing: a host that has just been told to reboot still answers.
  const since = (await persist(io, () => client.ask('status', {}))).at
  const giveUpAt = io.now() + options.withinMs
  let wellSince: number | undefined
  while (!stop.aborted) {
    const { answers } = await persist(io, () => client.ask('why', { target }))
    const own = answers.filter(({ service }) => serving.has(service))
    const wrong = own.map((why) => whatIsWrong(why, since)).find((each) => each !== undefined)
    const now = io.now()
    wellSince = wrong === undefined ? (wellSince ?? now) : undefined
    if (wellSince !== undefined && now - wellSince >= options.settleMs) return undefined
    if (now >= giveUpAt) {
      return `not well within ${formatDuration(options.withinMs)}: ${wrong ?? 'it has not settled'}`
    }
    show(wrong === undefined ? 'well, settling' : `waits for its checks: ${wrong}`)
    await io.sleep(POLL_MS, stop)
  }
  return undefined
}

function whatIsWrong({ service, server, checks }: Why, since: string): string | undefined {
  const name = `${service}/${server.name}`
  if (server.admin !== 'enabled') return `${name}: ${server.reason}`
  for (const { label, last } of checks) {
    if (last === undefined || last.at <= since) return `${name}: ${label} has yet to be run`
    if (last.outcome !== 'pass' && last.outcome !== 'degraded') {
      return `${name}: ${label}: ${last.outcome}: ${last.detail}`
    }
  }
  const isWell = server.health === 'up' && server.weight.effective > 0
  return isWell ? undefined : `${name}: ${server.reason}`
}
