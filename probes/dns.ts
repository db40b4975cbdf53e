import { randomInt } from 'node:crypto'
import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { converse } from './converse.ts'
import { exchangeDatagrams } from './datagram.ts'
import {
  type DnsQuestion,
  type DnsResponse,
  decodeResponse,
  encodeQuery,
  shownDatagram,
  shownQuestion,
  shownResponse,
} from './dns-message.ts'
import { type DnsOptions, dnsOptions } from './dns-options.ts'
import { DNS_TYPES, dnsTypeNumber, rcodeName } from './dns-types.ts'
import { failOnGarbage } from './malformed-message.ts'
import { matches } from './pattern.ts'
import { show } from './show.ts'

/**
 * Passes when the server answers the question with a wanted code and records. Checks no signatures.
 */
export const dns = defineCheck<DnsOptions>({
  kind: 'dns',
  summary:
    'Passes when the server answers the question with a wanted response code and wanted records; ' +
    'an answer cut short (UDP) is judged by what came of it: one attempt, no second one over TCP.',
  options: dnsOptions,
  example: "{ type: dns, question: www.shop.example, recordType: A, expect: '^192\\.0\\.2\\.' }",
  codes: {
    'dns.garbage': 'What came is no DNS response.',
    'dns.question': 'The response repeats another question.',
    'dns.rcode': 'The response code is none that is wanted.',
    'dns.empty': 'Records are wanted, and the answer has none of this type.',
    'dns.answer': 'The records are not those that are wanted.',
    'dns.truncated': 'They are not in what fitted a datagram; ask with `transport: tcp`.',
  },
  withoutTcp: true,
  async run(target, settings, context) {
    const { question, recordType, transport, recursion } = settings
    const type = dnsTypeNumber(recordType) ?? 0
    const name = question.toLowerCase().replace(/\.?$/, '.')
    const asked = { id: randomInt(0x10000), name, type, recursion }
    const ask = transport === 'tcp' ? askOverTcp : askOverUdp
    return ask(target, asked, context, (response) => judge(response, asked, settings))
  },
})

type Judge = (response: DnsResponse) => Outcome

/** RFC 1035 section 4.2.2: a length of two bytes goes before the message. */
function askOverTcp(target: Target, asked: DnsQuestion, context: CheckContext, verdict: Judge) {
  return converse(target, undefined, 'dns', context, async (connection) => {
    const query = encodeQuery(asked)
    context.transcript?.sent(shownQuestion(asked))
    connection.write(Buffer.concat([Buffer.of(query.length >> 8, query.length & 255), query]))
    const measure = (bytes: Buffer): number | undefined =>
      bytes.length < 2 ? undefined : 2 + bytes.readUInt16BE(0)
    const response = decodeResponse((await connection.read(measure, 'answer', 65_537)).subarray(2))
    context.transcript?.received(shownResponse(response))
    if (response.id === asked.id) return verdict(response)
    return fail('protocol', 'dns.question', 'want our identifier, got another')
  })
}

/** RFC 5452 section 9.1: an answer with another identifier is none, and waiting goes on. */
function askOverUdp(target: Target, asked: DnsQuestion, context: CheckContext, verdict: Judge) {
  const exchange = {
    name: 'dns',
    request: encodeQuery(asked),
    waitsFor: 'answer',
    shown: shownQuestion(asked),
    showAnswer: shownDatagram,
    read: (datagram: Buffer) =>
      datagram.length >= 2 && datagram.readUInt16BE(0) === asked.id ? datagram : undefined,
  }
  return failOnGarbage(target, 'dns', async () =>
    verdict(decodeResponse(await exchangeDatagrams(exchange, target, context))),
  )
}

function judge(response: DnsResponse, asked: DnsQuestion, options: DnsOptions): Outcome {
  const { rcode, question, truncated } = response
  const got = rcodeName(rcode)
  const isOurs = question?.name.toLowerCase() === asked.name && question.type === asked.type
  if (question === undefined ? rcode === 0 : !isOurs) {
    return fail('protocol', 'dns.question', `want ${shownQuestion(asked)}, got another question`)
  }
  const codes = [options.rcode].flat()
  if (!codes.includes(got)) {
    return fail('protocol', 'dns.rcode', `want ${codes.join(' or ')}, got ${got}`)
  }
  const { expect, records = [] } = options
  if (expect === undefined && records.length === 0) return pass(got)
  const data = response.answers
    .filter(({ type }) => type === asked.type || asked.type === DNS_TYPES['ANY'])
    .map(({ text }) => text)
  const missing = records.find((record) => !data.some((text) => isSame(text, record)))
  const matched = expect === undefined ? '' : data.find((text) => matches(expect, text))
  if (missing === undefined && matched !== undefined)
    return pass(`${got}: ${show(data.join(', '))}`)
  const want = missing ?? `/${expect}/`
  if (truncated) return fail('content', 'dns.truncated', `want ${want}, got an answer cut short`)
  if (data.length === 0) return fail('content', 'dns.empty', `want ${want}, got no such record`)
  return fail('content', 'dns.answer', `want ${want}, got ${show(data.join(', '))}`)
}

function isSame(text: string, record: string): boolean {
  return text.toLowerCase() === record.toLowerCase()
}
