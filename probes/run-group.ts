import { type Check, inconclusive, type Outcome, pass, type Target } from './check.ts'
import { type RunLimits, type RunResult, runCheck } from './run-check.ts'

/**
 * Runs a check once for many targets, by `runMany`: one deadline and one stopwatch for all, and a
 * result each, in their order. How long it took says nothing about one of them, so nobody is slow.
 */
export async function runGroup<Options>(
  check: Check<Options>,
  targets: readonly Target[],
  options: Options,
  { timeoutMs, transcript, stop }: RunLimits,
): Promise<readonly RunResult[]> {
  const [first] = targets
  if (first === undefined) return []
  let seen: readonly Outcome[] = []
  const asOne: Check<Options> = {
    ...check,
    async run(_target, _options, context) {
      seen = (await check.runMany?.(targets, options, context)) ?? []
      return pass('')
    },
  }
  const limits = { timeoutMs, ...(transcript && { transcript }), ...(stop && { stop }) }
  const { outcome, durationMs } = await runCheck(asOne, first, options, limits)
  const common = outcome.outcome === 'pass' ? undefined : accuseNobody(outcome, targets.length)
  return targets.map((_, index) => ({ outcome: common ?? seen[index] ?? MISSING, durationMs }))
}

const MISSING = inconclusive('run.broken', 'the check itself broke: it has no outcome for all')

/** What ended the whole run says nothing about one of many. */
function accuseNobody(outcome: Outcome, count: number): Outcome {
  if (outcome.outcome !== 'fail' || count === 1) return outcome
  return inconclusive(outcome.code, outcome.detail)
}
