import { z } from 'zod'
import { dnsTypeNumber } from './dns-types.ts'
import { patternOption } from './pattern.ts'

const typeOption = z
  .union([z.string(), z.int()])
  .refine((type) => dnsTypeNumber(type) !== undefined, 'want a record type: A, MX, TYPE65, 65')
const rcodeOption = z.string().regex(/^[A-Z][A-Z0-9]*$/, 'want a response code: NOERROR, NXDOMAIN')

/** Options of `dns`. */
export const dnsOptions = z.strictObject({
  question: z
    .string()
    .max(254)
    .regex(/^(\.|([\w*/+=:-]{1,63}\.)*[\w*/+=:-]{1,63}\.?)$/, 'want a domain name')
    .default('.')
    .describe('Name to ask for.'),
  recordType: typeOption.default('SOA').describe('Record type, by name or number.'),
  transport: z.enum(['udp', 'tcp']).default('udp').describe('How the question is sent.'),
  recursion: z.boolean().default(true).describe('Whether the server may ask others (RD).'),
  rcode: z
    .union([rcodeOption, z.array(rcodeOption).min(1)])
    .default('NOERROR')
    .describe('Response code that passes, or a list of them.'),
  expect: patternOption
    .optional()
    .describe('Regular expression that the data of one answer record of this type must match.'),
  records: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Data of records that must all be in the answer, in any order and case.'),
})

/** Parsed options of `dns`. */
export type DnsOptions = z.infer<typeof dnsOptions>
