import { z } from 'zod'
import { defineCheck } from './check.ts'
import { type Dialogue, runDialogue } from './dialogue.ts'

const options = z.strictObject({})

/** Passes when the server greets with +OK and answers CAPA. Logs nobody in. */
export const pop3 = defineCheck<z.infer<typeof options>>({
  kind: 'pop3',
  summary: 'Passes when the server greets with +OK and answers CAPA; logs nobody in.',
  options,
  example: '{ type: pop3, port: 110 }',
  codes: {
    'pop3.greeting': 'The greeting is not +OK.',
    'pop3.capa': 'CAPA was answered with neither +OK nor -ERR.',
  },
  run: (target, _options, context) => runDialogue(DIALOGUE, target, undefined, context),
})

/** RFC 1939 section 4; RFC 2449 section 5: a server without CAPA says -ERR, and lives. */
const DIALOGUE: Dialogue = {
  name: 'pop3',
  steps: [
    {
      type: 'expect',
      frame: 'line',
      demands: [{ pattern: /^\+OK/, code: 'pop3.greeting', want: '+OK' }],
    },
    { type: 'send', text: 'CAPA\r\n' },
    {
      type: 'expect',
      frame: 'pop3',
      demands: [{ pattern: /^(\+OK|-ERR)/, code: 'pop3.capa', want: '+OK or -ERR' }],
    },
  ],
  lastWords: 'QUIT\r\n',
  detail: ([greeting = '']) => greeting,
}
