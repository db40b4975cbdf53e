import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { exchangeDatagrams } from './datagram.ts'
import { subjectOf } from './line-options.ts'
import { formatTarget } from './network-error.ts'
import { show } from './show.ts'
import { parseSipResponse, type SipResponse, sipOptionsRequest } from './sip-message.ts'
import { converse, type Talk } from './talk.ts'
import { tlsOptions } from './tls-settings.ts'

/** Provisional responses and keep-alives that may come before the answer. */
const PREAMBLE_LIMIT = 10

const sipUri = z.string().regex(/^sips?:[^\s<>"]{1,250}$/, 'want a URI: sip:probe@shop.example')
const status = z.int().min(200).max(699)

const options = z.strictObject({
  transport: z
    .enum(['udp', 'tcp', 'tls'])
    .default('udp')
    .describe('How to talk; over UDP the request is sent once.'),
  uri: sipUri.optional().describe('Whom to ask; default: the server itself, by its address.'),
  from: sipUri
    .default('sip:probe@lvs-warden.invalid')
    .describe('Who asks; servers may look at the domain.'),
  status: z
    .union([status, z.array(status).min(1)])
    .default(200)
    .describe('Status, or list of them, that passes: 200, or [200, 401, 404].'),
  ...tlsOptions,
})

type SipOptions = z.infer<typeof options>

/** Passes when the server answers OPTIONS with a wanted status, for our Via, Call-ID and CSeq. */
export const sip = defineCheck<SipOptions>({
  kind: 'sip',
  summary: 'Passes when the server answers OPTIONS with 200, or another status that is wanted.',
  options,
  example: '{ type: sip, port: 5060, uri: "sip:probe@shop.example", status: [200, 404] }',
  codes: {
    'sip.garbage': 'The answer is no SIP response.',
    'sip.mismatch': 'The answer is to another request (Via, Call-ID, CSeq).',
    'sip.status': 'The status is not wanted.',
    'sip.strays': 'Only datagrams came that do not answer our request.',
  },
  withoutTcp: true,
  run: (target, settings, context) =>
    settings.transport === 'udp'
      ? askByDatagram(target, settings, context)
      : askByStream(target, settings, context),
})

/** RFC 3261 section 18.1.1; nothing is sent again, for which there is `fall`. */
async function askByDatagram(
  target: Target,
  settings: SipOptions,
  context: CheckContext,
): Promise<Outcome> {
  let request = { text: '', branch: '', callId: '' }
  const response = await exchangeDatagrams(
    {
      name: 'sip',
      waitsFor: 'answer to OPTIONS',
      request: (local) => {
        request = sipOptionsRequest({ ...partsOf(target, settings), transport: 'UDP', local })
        return Buffer.from(request.text)
      },
      read: (datagram) => {
        const answer = parseSipResponse(datagram.toString('latin1'), request)
        return answer?.isOurs === true && answer.status >= 200 ? answer : undefined
      },
    },
    target,
    context,
  )
  const { text, isWanted } = judge(response, settings)
  return isWanted ? pass(text) : fail('protocol', 'sip.status', `${formatTarget(target)}: ${text}`)
}

/** RFC 3261 section 18.3: over a stream, Content-Length ends a message. */
function askByStream(
  target: Target,
  settings: SipOptions,
  context: CheckContext,
): Promise<Outcome> {
  const isTls = settings.transport === 'tls'
  const subject = subjectOf('sip', target, settings, { isTlsFirst: isTls })
  return converse(subject, target, context, async (talk) => {
    const { local } = talk.connection
    const transport = isTls ? 'TLS' : 'TCP'
    const request = sipOptionsRequest({ ...partsOf(target, settings), transport, local })
    talk.send(request.text)
    const { text, isWanted } = judge(await nextAnswer(talk, request), settings)
    if (!isWanted) throw talk.failure('status', text)
    return text
  })
}

async function nextAnswer(
  talk: Talk,
  request: { readonly branch: string; readonly callId: string },
): Promise<SipResponse> {
  for (let left = PREAMBLE_LIMIT; left > 0; left -= 1) {
    const head = await talk.reply('head', 'answer to OPTIONS')
    // Empty lines before a message are keep-alives (section 7.5).
    if (head === '') continue
    const answer = parseSipResponse(head, request)
    if (answer === undefined) throw talk.failure('garbage', `want SIP/2.0, got ${show(head)}`)
    const reader = talk.connection.expecting('body of the answer')
    if (answer.length > 0) await reader.readBytes(answer.length)
    if (answer.status < 200) continue
    if (!answer.isOurs) throw talk.failure('mismatch', `want our answer, got ${show(head)}`)
    return answer
  }
  throw talk.failure('garbage', `want an answer, got ${PREAMBLE_LIMIT} messages that are none`)
}

function partsOf(target: Target, { uri, from }: SipOptions) {
  const token = randomBytes(12).toString('hex')
  return { uri: uri ?? `sip:${formatTarget(target)}`, from, token }
}

function judge(
  { status, line }: SipResponse,
  { status: wanted }: SipOptions,
): { readonly text: string; readonly isWanted: boolean } {
  if ([wanted].flat().includes(status)) return { text: show(line), isWanted: true }
  return { text: `want status ${[wanted].flat().join(' or ')}, got ${show(line)}`, isWanted: false }
}
