import { z } from 'zod'
import { type AgentWord, judgeAgent } from './agent-line.ts'
import type { Target } from './check.ts'
import { type CheckContext, defineCheck, fail, inconclusive, type Outcome } from './check.ts'
import { formatTarget } from './network-error.ts'
import { OpenSocket } from './open-socket.ts'
import { printable } from './show.ts'

const LINE_LIMIT = 1024

const options = z.strictObject({
  send: z.string().default('').describe('Said before listening (agent-send), `\\n` included.'),
  required: z
    .boolean()
    .default(false)
    .describe(
      'An agent that cannot be asked is a failure. Without it, as with HAProxy, it is ' +
        'inconclusive and does not keep the server out: what was heard last holds.',
    ),
})
type AgentOptions = z.infer<typeof options>

/** Asks an agent of HAProxy's kind beside the server for one line about how the server does. */
export const agent = defineCheck<AgentOptions>({
  kind: 'agent',
  summary:
    "Reads one line of an agent on the server in the language of HAProxy's agent-check: " +
    'a share of the weight, up, down, drain, maint.',
  options,
  example: '{ type: agent, port: 8081, fall: 1, rise: 1 }',
  codes: {
    'agent.weight': 'Degraded: the agent wants a share of the weight (`75%`).',
    'agent.drain': 'Degraded to nothing: `drain` or `0%`.',
    'agent.down': '`down`, `failed` or `stopped`, with its reason.',
    'agent.maint': '`maint`: the agent takes the server out.',
    'agent.garbage': 'The line has a word that no agent says.',
  },
  isOptional: ({ required }) => !required,
  async run(target, { send, required }, context) {
    const outcome = await ask(target, send, context)
    const isWord = outcome.outcome === 'fail' && WORDS.has(outcome.code)
    return outcome.outcome === 'fail' && !required && !isWord
      ? inconclusive(outcome.code, `${outcome.detail}; what the agent said last holds`)
      : outcome
  },
})

/** Failures that the agent itself has told. */
const WORDS: ReadonlySet<string> = new Set<AgentWord>(['agent.down', 'agent.maint'])

/** The line ends at its line feed, or where the agent closes. */
function ask(target: Target, send: string, context: CheckContext): Promise<Outcome> {
  const { deadline, transcript } = context
  return new Promise((resolve) => {
    let text = ''
    const finish = (line: string): void => {
      socket.destroy()
      resolve(judgeAgent(line))
    }
    const socket = new OpenSocket(target, undefined, deadline, {
      phase: 'agent',
      waitsFor: 'line',
      onReady() {
        if (send === '') return
        transcript?.sent(printable(send))
        socket.raw.write(send)
      },
      onBytes(bytes) {
        transcript?.received(printable(bytes.toString()))
        text += bytes.toString('latin1')
        const newline = text.indexOf('\n')
        if (newline >= 0) finish(text.slice(0, newline))
        else if (text.length > LINE_LIMIT) {
          socket.destroy()
          const detail = `want a line of at most ${LINE_LIMIT} bytes, got more`
          resolve(fail('protocol', 'agent.too-big', `${formatTarget(target)}: ${detail}`))
        }
      },
      endsEarly() {
        if (text.trim() === '') return true
        finish(text)
        return false
      },
      onBroken: resolve,
    })
  })
}
