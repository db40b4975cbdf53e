import { degraded, fail, type Outcome, pass } from './check.ts'
import { show } from './show.ts'

/** Codes of what an agent may say against its server. */
export type AgentWord = 'agent.down' | 'agent.maint'

/**
 * What one line of an agent means: words between blanks, tabs or commas, in any order, and a reason
 * after `#` (HAProxy configuration manual, agent-check). The worst of them holds. Unlike HAProxy we
 * keep nothing of earlier lines, so a line without a percentage is the whole weight.
 */
export function judgeAgent(line: string): Outcome {
  const [said = '', ...reason] = line.split('#')
  const words = said
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  const shown = show(line)
  const unknown = words.find((word) => !KNOWN.test(word))
  if (unknown !== undefined || words.length === 0) {
    const want = 'want words such as 75%, up, down, drain or maint'
    return fail('protocol', 'agent.garbage', `${want}, got ${shown === '' ? 'none' : shown}`)
  }
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word))
  const why = reason.length === 0 ? '' : `: ${show(reason.join('#'))}`
  if (has(DOWN)) return fail('content', 'agent.down', `the agent says ${words.join(' ')}${why}`)
  if (has(/^maint$/)) return fail('content', 'agent.maint', `the agent says maint${why}`)
  const factor = has(/^drain$/) ? 0 : Math.min(1, ...words.flatMap(factorOf))
  if (factor === 1) return pass(shown)
  return degraded(factor, factor === 0 ? 'agent.drain' : 'agent.weight', `the agent says ${shown}`)
}

const DOWN = /^(down|fail|failed|stopped)$/
/** `maxconn` is none of ours: the kernel's thresholds stand in the cluster file. */
const KNOWN = /^(up|ready|drain|maint|down|fail|failed|stopped|maxconn:\d+|(weight:)?\d{1,5}%)$/

function factorOf(word: string): number[] {
  const percent = /^(?:weight:)?(\d+)%$/.exec(word)?.[1]
  return percent === undefined ? [] : [Number(percent) / 100]
}
