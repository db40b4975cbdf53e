import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { defineCheck, fail, type Outcome, pass } from './check.ts'
import { exchangeDatagrams } from './datagram.ts'
import { type IcpMessage, icpQuery, readIcp } from './icp-packet.ts'
import { show } from './show.ts'

const ANSWERS = ['hit', 'miss', 'miss-nofetch'] as const

const options = z.strictObject({
  url: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'want a URL without spaces')
    .default('http://localhost/')
    .describe('URL that the cache is asked about; asking fetches nothing.'),
  expect: z
    .array(z.enum(ANSWERS))
    .min(1)
    .default([...ANSWERS])
    .describe(
      'Answers that pass: `hit`, `miss`, `miss-nofetch` (the cache is up but wants no misses).',
    ),
})

type IcpOptions = z.infer<typeof options>

/**
 * Passes when the cache answers an Internet Cache Protocol query. Whether it can fetch anything is
 * not looked at.
 */
export const icp = defineCheck<IcpOptions>({
  kind: 'icp',
  summary: 'Passes when the cache answers an Internet Cache Protocol (version 2) query for a URL.',
  options,
  example: '{ type: icp, port: 3130, url: "http://shop.example/logo.png" }',
  codes: {
    'icp.answer': 'Another answer than those expected.',
    'icp.denied': 'The cache does not let us ask.',
    'icp.error': 'The cache did not understand the query.',
    'icp.garbage': 'What came is no ICP of version 2.',
  },
  withoutTcp: true,
  run(target, { url, expect }, context) {
    const number = randomInt(1, 2 ** 32)
    return exchangeDatagrams<Outcome>(
      {
        name: 'icp',
        request: icpQuery(number, url),
        waitsFor: 'answer',
        read: (datagram) => judge(readIcp(datagram), { number, url, expect }),
        shown: `ICP_OP_QUERY ${url}`,
        showAnswer: (datagram) => {
          const { opcode, url: about } = readIcp(datagram) ?? {}
          return opcode === undefined ? 'no ICP' : `${nameOf(opcode)} ${show(about ?? '')}`
        },
      },
      target,
      context,
    )
  },
})

/** RFC 2186 section 2, table 1. */
const OPCODES: Readonly<Record<number, string>> = {
  0: 'ICP_OP_INVALID',
  2: 'ICP_OP_HIT',
  3: 'ICP_OP_MISS',
  4: 'ICP_OP_ERR',
  21: 'ICP_OP_MISS_NOFETCH',
  22: 'ICP_OP_DENIED',
  23: 'ICP_OP_HIT_OBJ',
}
const MEANINGS: Readonly<Record<number, (typeof ANSWERS)[number]>> = {
  2: 'hit',
  3: 'miss',
  21: 'miss-nofetch',
  23: 'hit',
}

function judge(
  answer: IcpMessage | undefined,
  { number, url, expect }: IcpOptions & { readonly number: number },
): Outcome | undefined {
  if (answer === undefined) return fail('protocol', 'icp.garbage', 'want ICP version 2, got no ICP')
  if (answer.number !== number) return undefined
  const got = nameOf(answer.opcode)
  if (answer.opcode === 22) return fail('protocol', 'icp.denied', `want an answer, got ${got}`)
  if (answer.opcode === 4) return fail('protocol', 'icp.error', `want an answer, got ${got}`)
  const meaning = MEANINGS[answer.opcode]
  if (meaning === undefined || answer.url !== url) {
    return fail('protocol', 'icp.answer', `want an answer about ${url}, got ${got} ${answer.url}`)
  }
  if (expect.includes(meaning)) return pass(got)
  return fail('content', 'icp.answer', `want ${expect.join(' or ')}, got ${meaning}`)
}

function nameOf(opcode: number): string {
  return OPCODES[opcode] ?? `opcode ${opcode}`
}
