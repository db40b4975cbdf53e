import { z } from 'zod'
import { defineCheck } from './check.ts'
import { type Dialogue, runDialogue, type Step } from './dialogue.ts'

const options = z.strictObject({
  helo: z
    .string()
    .regex(/^[\w.:[\]-]{1,255}$/, 'want a host name or an address literal')
    .default('lvs-warden.invalid')
    .describe('Name we greet with in EHLO (HELO, where the server does not know EHLO).'),
})

/** Passes when the server greets with 220 and answers EHLO, else HELO, with 250. Sends no mail. */
export const smtp = defineCheck<z.infer<typeof options>>({
  kind: 'smtp',
  summary:
    'Passes when the server greets with 220 and answers EHLO or HELO with 250; sends no mail.',
  options,
  run: (target, { helo }, context) => runDialogue(dialogue(helo), target, undefined, context),
})

/** RFC 5321 sections 3.1, 3.2 and 4.1.1.1: an old server refuses EHLO and may take HELO. */
function dialogue(helo: string): Dialogue {
  return {
    name: 'smtp',
    steps: [
      expectReply('220', 'smtp.greeting'),
      { type: 'send', text: `EHLO ${helo}\r\n` },
      {
        ...expectReply('250', 'smtp.ehlo'),
        otherwise: [{ type: 'send', text: `HELO ${helo}\r\n` }, expectReply('250', 'smtp.helo')],
      },
    ],
    lastWords: 'QUIT\r\n',
    detail: ([greeting = '']) => greeting,
  }
}

function expectReply(code: string, failure: string): Extract<Step, { type: 'expect' }> {
  const demand = { pattern: new RegExp(`^${code}[ -]|^${code}$`), code: failure, want: code }
  return { type: 'expect', frame: 'smtp', demands: [demand] }
}
