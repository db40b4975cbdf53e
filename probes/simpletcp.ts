import { z } from 'zod'
import { type CheckContext, defineCheck, type Outcome, type Target } from './check.ts'
import { LINE_ENDS, lineEndOption, subjectOf, type WrittenTls } from './line-options.ts'
import { patternOption } from './pattern.ts'
import { converse } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

const plainOptions = z.strictObject({
  send: z.string().max(8192).default('').describe('Text to send; empty: nothing.'),
  lineEnd: lineEndOption,
  halfClose: z
    .boolean()
    .default(true)
    .describe('Say that nothing more will be sent (a TCP half-close) before listening.'),
  expect: patternOption
    .default('')
    .describe('Regular expression that a line must match; lines before it are passed over.'),
})

const tlsFormOptions = plainOptions.extend(tlsOptions)

/** Passes when a line of what the server says matches. */
export const simpletcp = defineCheck<z.infer<typeof plainOptions>>({
  kind: 'simpletcp',
  summary: 'Passes when, after a text is sent, a line of what the server says matches.',
  options: plainOptions,
  example: "{ type: simpletcp, port: 2181, send: ruok, lineEnd: none, expect: '^imok' }",
  codes: { 'simpletcp.match': 'The server closed the connection, and no line had matched.' },
  run: (target, options, context) => run(target, options, false, context),
})

/** As `simpletcp`, over TLS from the first byte. */
export const simpletcps = defineCheck<z.infer<typeof tlsFormOptions>>({
  kind: 'simpletcps',
  summary: 'As `simpletcp`, over TLS from the first byte.',
  options: tlsFormOptions,
  example:
    "{ type: simpletcps, port: 6697, sni: irc.shop.example, halfClose: false, expect: ' NOTICE ' }",
  codes: { 'simpletcp.match': 'The server closed the connection, and no line had matched.' },
  run: (target, options, context) => run(target, options, true, context),
})

type Options = z.infer<typeof plainOptions> & WrittenTls

async function run(
  target: Target,
  options: Options,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const { send, lineEnd, halfClose, expect } = options
  const subject = subjectOf('simpletcp', target, options, { isTlsFirst })
  return converse(subject, target, context, (talk) => {
    if (send !== '') talk.send(send.endsWith('\n') ? send : `${send}${LINE_ENDS[lineEnd]}`)
    if (halfClose) talk.connection.endWriting()
    return talk.connection.search(expect, 'simpletcp.match')
  })
}
