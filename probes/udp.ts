import { z } from 'zod'
import { defineCheck, fail, type Outcome, pass } from './check.ts'
import { exchangeDatagrams } from './datagram.ts'
import { durationOption, optionMs } from './duration-option.ts'
import { matchesHex, readHex } from './hex-pattern.ts'
import { matches, patternOption } from './pattern.ts'
import { printable, show } from './show.ts'

/** Silence is waited for at most this share of the run's time, so that the run ends by itself. */
const LONGEST_WAIT = 0.8
const LONGEST_DATAGRAM = 65_507

const length = z.int().min(0).max(LONGEST_DATAGRAM).optional()
const hexReply = /^[0-9a-fx\s]*$/i

const options = z
  .strictObject({
    send: z.string().default('').describe('Payload of the datagram, as UTF-8 text.'),
    sendHex: z
      .string()
      .regex(/^\s*([0-9a-f]{2}\s*)*$/i, 'want pairs of hexadecimal digits: 00 ff')
      .optional()
      .describe('Payload in hexadecimal, in place of `send`; spaces may stand between bytes.'),
    reply: patternOption
      .optional()
      .describe('Regular expression that the reply must match, read as UTF-8 text.'),
    replyHex: z
      .string()
      .regex(hexReply, 'want hexadecimal digits, x for any digit: 00 xx 1x')
      .refine((text) => text.replace(/\s/g, '').length % 2 === 0, 'want two digits for each byte')
      .optional()
      .describe('What the reply must start with, in hexadecimal; `x` stands for any digit.'),
    minReply: length.describe('Shortest reply in bytes; 0 asks for any reply.'),
    maxReply: length.describe('Longest reply in bytes.'),
    wait: durationOption
      .default('200ms')
      .describe(
        'Where no reply is asked for: how much silence passes; at most four fifths of the timeout.',
      ),
  })
  .refine(({ send, sendHex }) => send === '' || sendHex === undefined, {
    path: ['sendHex'],
    message: 'want send or sendHex, not both',
  })

type UdpOptions = z.infer<typeof options>

/**
 * Passes when the reply to one datagram fits. Where none of `reply`, `replyHex`, `minReply` and
 * `maxReply` asks for a reply, silence passes, and only the server's word that the port is
 * unreachable (ICMP) fails.
 */
export const udp = defineCheck<UdpOptions>({
  kind: 'udp',
  summary:
    'Passes when the reply to one datagram fits; without a wanted reply, when nothing says that ' +
    'the port is unreachable.',
  options,
  example:
    '{ type: udp, port: 2123, sendHex: 32 01 00 04 00 00 00 00, replyHex: 32 02, timeout: 500ms }',
  codes: {
    'udp.reply': 'The reply does not match.',
    'udp.length': 'The reply is shorter or longer than wanted.',
    'udp.timeout': 'No reply in time, where one is wanted.',
    'udp.strays': 'More replies than a server has reason to send.',
  },
  withoutTcp: true,
  run(target, written, context) {
    const { send, sendHex, wait } = written
    const request = sendHex === undefined ? Buffer.from(send) : readHex(sendHex)
    const afterMs = Math.min(optionMs(wait), context.timeoutMs * LONGEST_WAIT)
    return exchangeDatagrams<Outcome>(
      {
        name: 'udp',
        request,
        waitsFor: 'reply',
        read: (datagram) => judge(datagram, written),
        shown: sendHex === undefined ? printable(send) : request.toString('hex'),
        showAnswer: (datagram) => shown(datagram, written),
        ...(!wantsReply(written) && { silence: { afterMs, answer: SILENT } }),
      },
      target,
      context,
    )
  },
})

const SILENT = pass('sent, and nothing says that nobody listens')

function wantsReply({ reply, replyHex, minReply, maxReply }: UdpOptions): boolean {
  return [reply, replyHex, minReply, maxReply].some((wish) => wish !== undefined)
}

function judge(datagram: Buffer, written: UdpOptions): Outcome {
  const { reply, replyHex, minReply = 0, maxReply = LONGEST_DATAGRAM } = written
  const { length } = datagram
  if (length < minReply || length > maxReply) {
    const want = `want a reply of ${minReply} to ${maxReply} bytes`
    return fail('content', 'udp.length', `${want}, got ${length}`)
  }
  if (replyHex !== undefined && !matchesHex(datagram, replyHex)) {
    const got = datagram.subarray(0, 40).toString('hex')
    return fail('content', 'udp.reply', `want a reply that starts with ${replyHex}, got ${got}`)
  }
  const got = shown(datagram, written)
  if (reply !== undefined && !matches(reply, datagram.toString())) {
    return fail('content', 'udp.reply', `want a reply that matches /${reply}/, got ${got}`)
  }
  return pass(`reply of ${length} bytes: ${got}`)
}

/** Bytes where bytes were spoken of, else text. */
function shown(datagram: Buffer, { sendHex, replyHex }: UdpOptions): string {
  const isBinary = sendHex !== undefined || replyHex !== undefined
  return isBinary ? datagram.subarray(0, 60).toString('hex') : show(datagram.toString())
}
