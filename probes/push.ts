import { z } from 'zod'
import { defineCheck, degraded, fail, inconclusive, type Outcome, pass } from './check.ts'
import { durationOption, optionMs } from './duration-option.ts'
import { show } from './show.ts'

const options = z.strictObject({
  period: durationOption
    .default('60s')
    .describe('Longest time between two words of the server; more silence is a failure.'),
})

/** Passes as long as the server, or a script for it, says so often enough. Sends nothing. */
export const push = defineCheck<z.infer<typeof options>>({
  kind: 'push',
  summary:
    'Believes what the server or a script says of it by `lvsctl push` or `POST /v1/push`; ' +
    'silence is a failure.',
  options,
  example: '{ type: push, period: 90s }',
  codes: {
    'push.silent': 'Nothing was heard for longer than the period.',
    'push.fail': 'The last word was `fail`.',
    'push.weight': 'Degraded: the last word was a share of the weight.',
    'push.drain': 'Degraded to nothing: the last word was `0%`.',
    'push.waiting': 'Inconclusive: nothing was heard since the start, but the period is not over.',
    'push.unheard': 'Inconclusive: nothing hands words on to this run.',
  },
  portless: true,
  withoutTcp: true,
  // What is said of a server in one service is no word about it in another.
  needsVirtual: () => true,
  async run(_target, { period }, { pushed, transcript }) {
    if (pushed === undefined) return inconclusive('push.unheard', 'nobody listens for words')
    const { last, listenedMs } = pushed
    const ageMs = last?.ageMs ?? listenedMs
    const age = `${Math.round(ageMs / 1000)} s`
    if (last !== undefined) transcript?.received(`${last.state} ${show(last.message)}, ${age} ago`)
    if (ageMs > optionMs(period)) {
      return fail('script', 'push.silent', `want a word every ${period}, got none for ${age}`)
    }
    if (last === undefined) return inconclusive('push.waiting', `no word yet, for ${age}`)
    return judge(last.state, show(last.message))
  },
})

function judge(state: string, message: string): Outcome {
  const said = message === '' ? state : `${state}: ${message}`
  if (state === 'ok') return pass(said)
  if (state === 'fail') return fail('script', 'push.fail', said)
  const factor = Math.min(1, Number.parseFloat(state) / 100)
  if (factor === 1) return pass(said)
  return degraded(factor, factor === 0 ? 'push.drain' : 'push.weight', said)
}
