import { z } from 'zod'
import { patternOption } from './pattern.ts'
import { REPLY_FRAMES } from './reply-frame.ts'
import { secretOption } from './secret.ts'

/** Bytes of one text that is sent. */
const SEND_LIMIT = 8192
const PATTERN_LIMIT = 1000

/** What a step may be; it is one of these. */
const ACTIONS = ['expect', 'send', 'starttls', 'halfClose'] as const
/** What belongs to one action alone. */
const BELONGS = { frame: 'expect', code: 'expect', secret: 'send' } as const

const step = z.strictObject({
  expect: patternOption
    .max(PATTERN_LIMIT)
    .optional()
    .describe('Regular expression that the next reply must match.'),
  frame: z
    .enum(['any', ...REPLY_FRAMES])
    .optional()
    .describe(
      'How the reply of `expect` ends. `line` (default): with the next line; `smtp` and `ftp`: ' +
        'with the last of several lines with a code; `pop3`: with a dot alone; `head`: with an ' +
        'empty line; `imap`: with the first line that does not start with `*`; `any`: lines are ' +
        'read until one matches.',
    ),
  code: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'want a short word in small letters: login')
    .optional()
    .describe('Word for the code of the failure, `dialogue.<word>`; default: expect.'),
  send: z
    .string()
    .min(1)
    .max(SEND_LIMIT)
    .optional()
    .describe('Text to send; `lineEnd` is added. `{secret}` stands for the secret.'),
  secret: secretOption.optional().describe('Secret to put in the text; never shown.'),
  starttls: z
    .literal(true)
    .optional()
    .describe('Go over to TLS now; ask for it with `send` and `expect` before.'),
  halfClose: z
    .literal(true)
    .optional()
    .describe('Say that nothing more will be sent (a TCP half-close), and go on listening.'),
})

/** One step of a dialogue of the user's. */
export const dialogueStep = step.superRefine((written, context) => {
  const actions = ACTIONS.filter((action) => written[action] !== undefined)
  if (actions.length !== 1) {
    const got = actions.length === 0 ? 'none of them' : actions.join(' and ')
    complain(`want one of expect, send, starttls, halfClose in a step, got ${got}`)
    return
  }
  for (const [key, action] of Object.entries(BELONGS)) {
    if (written[key as keyof typeof BELONGS] !== undefined && actions[0] !== action) {
      complain(`${key} goes with ${action}, not with ${actions[0]}`, key)
    }
  }
  if (written.secret !== undefined && written.send?.includes('{secret}') !== true) {
    complain('want {secret} in the text, where the secret goes', 'send')
  }
  if (written.secret === undefined && written.send?.includes('{secret}') === true) {
    complain('{secret} needs the key secret, which says where to find it', 'send')
  }

  function complain(message: string, ...path: string[]): void {
    context.addIssue({ code: 'custom', message, path })
  }
})

/** A parsed step. */
export type DialogueStep = z.infer<typeof step>
