import { z } from 'zod'
import { defineCheck, fail } from './check.ts'
import { type DialogueStep, dialogueStep } from './dialogue-step.ts'
import { LINE_ENDS, lineEndOption, lineOption, subjectOf } from './line-options.ts'
import { matches } from './pattern.ts'
import { readSecret } from './secret.ts'
import { show } from './show.ts'
import { converse, type Talk } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

/** Steps of one dialogue. */
const STEP_LIMIT = 50

const written = z.strictObject({
  steps: z
    .array(dialogueStep)
    .min(1)
    .max(STEP_LIMIT)
    .describe('What to hear and say, in order; the check passes at the end of the list.'),
  tls: z.boolean().default(false).describe('TLS from the first byte.'),
  lineEnd: lineEndOption,
  lastWords: lineOption
    .default('')
    .describe('Said at the end, whatever came of it, without waiting for an answer: QUIT.'),
  ...tlsOptions,
})

const options = written.superRefine(({ tls, steps }, context) => {
  const at = steps.findIndex(({ starttls }) => starttls === true)
  const isTwice = steps.findLastIndex(({ starttls }) => starttls === true) > at
  if (at < 0 || !(tls || isTwice)) return
  const message = 'TLS can start only once: want `tls` or one step `starttls`'
  context.addIssue({ code: 'custom', message, path: ['steps', at, 'starttls'] })
})

/** Passes when the server says what the steps expect, one after the other. */
export const dialogue = defineCheck<z.infer<typeof options>>({
  kind: 'dialogue',
  summary: 'Passes when the server says what each of your steps expects, one after the other.',
  options,
  example:
    "{ type: dialogue, port: 6667, lastWords: QUIT, steps: [{ send: 'NICK probe' }, " +
    "{ send: 'USER probe 0 * :probe' }, { expect: ' 001 ', frame: any, code: welcome }] }",
  codes: {
    'dialogue.expect': 'A reply does not match; a step may have a code of its own.',
  },
  async run(target, { steps, tls, lineEnd, lastWords, ...rest }, context) {
    const end = LINE_ENDS[lineEnd]
    const starttls = steps.some((step) => step.starttls === true)
    const subject = subjectOf(
      'dialogue',
      target,
      { ...rest, starttls },
      {
        isTlsFirst: tls,
        ...(lastWords !== '' && { lastWords: `${lastWords}${end}` }),
      },
    )
    return converse(subject, target, context, async (talk) => {
      let last = 'connected'
      for (const step of steps) last = (await take(talk, step, end)) ?? last
      return last
    })
  },
})

/** Takes one step; returns what the server said to it. */
async function take(talk: Talk, step: DialogueStep, end: string): Promise<string | undefined> {
  if (step.send !== undefined) say(talk, step.send, step.secret, end)
  else if (step.starttls === true) await talk.startTls()
  else if (step.halfClose === true) talk.connection.endWriting()
  else if (step.expect !== undefined) return hear(talk, step, step.expect)
  return undefined
}

function say(talk: Talk, send: string, secret: DialogueStep['secret'], end: string): void {
  const text = send.endsWith('\n') ? send : `${send}${end}`
  const value = secret === undefined ? undefined : readSecret(secret)
  if (value === undefined) talk.send(text)
  else
    talk.send(
      text.replaceAll('{secret}', () => value),
      value,
    )
}

async function hear(talk: Talk, step: DialogueStep, pattern: string): Promise<string> {
  const code = `dialogue.${step.code ?? 'expect'}`
  const frame = step.frame ?? 'line'
  if (frame === 'any') return talk.connection.search(pattern, code)
  const reply = Buffer.from(await talk.reply(frame, `/${pattern}/`), 'latin1').toString()
  if (matches(pattern, reply)) return reply
  throw talk.error(fail('content', code, `want /${pattern}/, got ${show(reply) || 'nothing'}`))
}
