import { firstMatch, TOO_SLOW } from './body-match.ts'
import { fail, inconclusive, type Outcome, pass, type Target } from './check.ts'
import type { HttpPlan } from './http-plan.ts'
import type { ResponseReader } from './http-response.ts'
import { formatTarget } from './network-error.ts'
import { show } from './show.ts'

/** What a response means: the status first, then the body, where one was asked for. */
export function judge(reader: ResponseReader, plan: HttpPlan, target: Target): Outcome {
  const { status, reason, problem } = reader
  if (problem !== undefined) {
    return fail('protocol', problem.code, `${formatTarget(target)}: ${problem.detail}`)
  }
  const got = reason === '' ? `HTTP ${status}` : `HTTP ${status} ${show(reason, 60)}`
  if (!plan.accepts(status)) {
    return fail('protocol', 'http.status', `want status ${plan.wantedStatus}, got ${got}`)
  }
  if (!plan.wantsBody) return pass(got)
  return judgeBody(reader.body.toString(), plan, pass(got))
}

function judgeBody(text: string, { body, notBody }: HttpPlan, passed: Outcome): Outcome {
  const wanted = body === undefined ? '' : firstMatch(body, text)
  const unwanted = notBody === undefined ? undefined : firstMatch(notBody, text)
  if (wanted === TOO_SLOW || unwanted === TOO_SLOW) {
    const slow = wanted === TOO_SLOW ? body : notBody
    return inconclusive(
      'local.pattern',
      `/${slow?.source}/ takes too long on this body; simplify it`,
    )
  }
  if (wanted === undefined) {
    return fail('content', 'http.body', `want body /${body?.source}/, got ${show(text)}`)
  }
  if (unwanted === undefined) return passed
  const want = `want no /${notBody?.source}/ in the body`
  return fail('content', 'http.body', `${want}, got ${show(unwanted)}`)
}
