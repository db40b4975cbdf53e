import { type CheckContext, fail, type Layer, type Outcome, pass, type Target } from './check.ts'
import { type Connection, dial } from './dial.ts'
import { formatTarget } from './network-error.ts'
import { show } from './show.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Lines of one reply. */
const REPLY_LINE_LIMIT = 200

/**
 * How a reply ends. `line`: one line. `smtp`: `250-` goes on, `250 ` ends (RFC 5321 section 4.2.1).
 * `pop3`: after `+OK`, a line with a dot alone (RFC 1939 section 3). `head`: an empty line, as in HTTP and RTSP.
 */
export type ReplyFrame = 'line' | 'smtp' | 'pop3' | 'head'

/** One thing a reply must say. */
export interface Demand {
  readonly pattern: RegExp
  /** Stable code of the failure: `smtp.greeting`. */
  readonly code: string
  /** For people, in place of the pattern: `220`. */
  readonly want: string
  readonly layer?: Layer
}

/** One step of a dialogue. */
export type Step =
  | {
      readonly type: 'send'
      readonly text: string
      /** Shown in the transcript instead of the text, for secrets. */
      readonly shown?: string
    }
  | {
      readonly type: 'expect'
      readonly frame: ReplyFrame
      readonly demands: readonly Demand[]
      /** Steps to take when the first demand is not met, in place of failing. */
      readonly otherwise?: readonly Step[]
    }

/** What is said and heard on one connection. */
export interface Dialogue {
  /** Kind of the check, first word of its codes. */
  readonly name: string
  readonly steps: readonly Step[]
  /** Said at the end, without waiting for an answer: `QUIT`. */
  readonly lastWords?: string
  /** What a pass says, from the replies in order; without it the last reply. */
  readonly detail?: (replies: readonly string[]) => string
}

/**
 * Speaks a dialogue with a server: passes when every reply meets its demands.
 *
 * @throws CheckError when the connection fails on the way.
 */
export async function runDialogue(
  dialogue: Dialogue,
  target: Target,
  tls: TlsSettings | undefined,
  context: CheckContext,
): Promise<Outcome> {
  const connection = await dial(target, tls, dialogue.name, context)
  const replies: string[] = []
  try {
    const failure = await speak(dialogue.steps, dialogue.name, connection, replies)
    connection.close(dialogue.lastWords)
    if (failure !== undefined) return prefixed(failure, target)
    return pass(show(dialogue.detail?.(replies) ?? replies.at(-1) ?? 'connected'))
  } catch (error) {
    connection.destroy()
    throw error
  }
}

async function speak(
  steps: readonly Step[],
  name: string,
  connection: Connection,
  replies: string[],
): Promise<Outcome | undefined> {
  for (const step of steps) {
    if (step.type === 'send') {
      connection.write(step.text, step.shown)
      continue
    }
    const waitsFor = `${step.demands[0]?.want ?? 'reply'}`
    const reply = await readReply(connection, step.frame, waitsFor)
    if (reply === undefined) {
      return fail('protocol', `${name}.too-big`, `got a reply of over ${REPLY_LINE_LIMIT} lines`)
    }
    replies.push(reply)
    const unmet = step.demands.find(({ pattern }) => !pattern.test(reply))
    if (unmet === undefined) continue
    if (step.otherwise !== undefined && unmet === step.demands[0]) {
      return speak(step.otherwise, name, connection, replies)
    }
    return fail(unmet.layer ?? 'protocol', unmet.code, `want ${unmet.want}, got ${show(reply)}`)
  }
  return undefined
}

async function readReply(
  connection: Connection,
  frame: ReplyFrame,
  waitsFor: string,
): Promise<string | undefined> {
  const lines: string[] = []
  while (lines.length < REPLY_LINE_LIMIT) {
    const line = await connection.readLine(waitsFor)
    lines.push(line)
    if (ENDS[frame](line, lines.length === 1)) return lines.join('\n')
  }
  return undefined
}

/** Whether a line is the last of its reply. */
const ENDS: Readonly<Record<ReplyFrame, (line: string, isFirst: boolean) => boolean>> = {
  line: () => true,
  smtp: (line) => !/^\d{3}-/.test(line),
  pop3: (line, isFirst) => line === '.' || (isFirst && !line.startsWith('+OK')),
  head: (line) => line === '',
}

function prefixed(outcome: Outcome, target: Target): Outcome {
  return { ...outcome, detail: `${formatTarget(target)}: ${outcome.detail}` }
}
