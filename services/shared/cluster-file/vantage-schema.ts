import { z } from 'zod'
import { scalar } from './scalar.ts'
import { hostSchema, parseHost } from './server-address.ts'
import { checkSchema } from './settings-schema.ts'
import { describeValue } from './values.ts'

const canary = z.union([
  scalar({ type: 'string' }, (input) => {
    if (typeof input === 'string') return parseHost(input)
    const message = `wanted an address or { address, check }, got ${describeValue(input)}`
    return { rule: 'wrong-type', message }
  }),
  z.strictObject({
    address: hostSchema({ description: 'IPv4 or IPv6 address, or host name.' }),
    check: checkSchema.optional().describe('How it is checked; icmp each second when absent.'),
  }),
])

/** A vantage as written, or nothing at all. */
export const vantageSchema = z.union([
  scalar({ type: 'null' }, (input) => {
    if (input === null) return { value: null }
    const got = describeValue(input)
    const message = `wanted keys such as { canaries: [10.0.0.1] } or nothing, got ${got}`
    return { rule: 'wrong-type', message }
  }),
  z.strictObject({
    canaries: z
      .array(canary)
      .optional()
      .describe('What is known to be good: a vantage that sees most of it down does not count.'),
  }),
])

/** A canary as written. */
export type WrittenCanary = z.output<typeof canary>
