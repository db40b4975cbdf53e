import { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import { subjectOf, type WrittenTls } from './line-options.ts'
import { patternOption } from './pattern.ts'
import { converse } from './talk.ts'
import { TelnetFilter } from './telnet-filter.ts'
import { tlsOptions } from './tls-settings.ts'

const plainOptions = z.strictObject({
  expect: patternOption
    .default('[Ll]ogin:|[Uu]sername:')
    .describe('Regular expression that a line, or the prompt at the end, must match.'),
})

const tlsFormOptions = plainOptions.extend(tlsOptions)
const CODES = { 'telnet.prompt': 'The server closed the connection without such a prompt.' }

/** Passes when the server shows its prompt; every option it offers is refused. Logs nobody in. */
export const telnet = defineCheck<z.infer<typeof plainOptions>>({
  kind: 'telnet',
  summary: 'Passes when the server shows a prompt that matches; logs nobody in.',
  options: plainOptions,
  example: "{ type: telnet, port: 23, expect: 'login: $' }",
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `telnet`, over TLS from the first byte. */
export const telnets = defineCheck<z.infer<typeof tlsFormOptions>>({
  kind: 'telnets',
  summary: 'As `telnet`, over TLS from the first byte.',
  options: tlsFormOptions,
  example: '{ type: telnets, port: 992, sni: host.shop.example }',
  codes: CODES,
  run: (target, options, context) => run(target, options, true, context),
})

async function run(
  target: Target,
  options: z.infer<typeof plainOptions> & WrittenTls,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const subject = subjectOf('telnet', target, options, { isTlsFirst })
  return converse(subject, target, context, ({ connection }) => {
    const filter = new TelnetFilter()
    connection.filter((bytes) => {
      const { text, answer } = filter.feed(bytes)
      if (answer.length > 0) connection.write(answer, `(refuses ${answer.length / 3} options)\n`)
      return text
    })
    return connection.search(options.expect, 'telnet.prompt')
  })
}
