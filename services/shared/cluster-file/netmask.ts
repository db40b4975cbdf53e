import type { z } from 'zod'
import { addressBytes, type Family, parseIpAddress } from '../domain/ip-address.ts'
import { type Reading, scalar } from './scalar.ts'
import { describeValue } from './values.ts'

/** A netmask as a prefix length, with the family where the way it was written tells. */
export interface WrittenNetmask {
  readonly prefix: number
  readonly family?: Family
}

/** Reads `24`, `/24`, `255.255.255.0`; a prefix over 32 can only be of IPv6. */
export function readNetmask(input: unknown): Reading<WrittenNetmask> {
  const text = typeof input === 'number' ? String(input) : input
  if (typeof text === 'string') {
    const digits = /^\/?(\d{1,4})$/.exec(text)?.[1]
    const ip = parseIpAddress(text)
    if (digits !== undefined) return checked(Number(digits), input)
    if (ip?.family === 4) {
      const bits = [...addressBytes(ip.text)].map((byte) => byte.toString(2).padStart(8, '0'))
      const ones = /^(1+)0*$/.exec(bits.join(''))?.[1]
      if (ones !== undefined) return { value: { prefix: ones.length, family: 4 } }
    }
  }
  const message =
    'wanted a prefix length such as /24 or a mask such as 255.255.255.0, got ' +
    `${describeValue(input)}`
  return { rule: 'bad-netmask', message }
}

/** The schema of `persistence.netmask`. */
export function netmaskSchema(hint: Readonly<Record<string, unknown>>): z.ZodType<WrittenNetmask> {
  return scalar({ type: ['integer', 'string'], ...hint }, readNetmask)
}

function checked(prefix: number, input: unknown): Reading<WrittenNetmask> {
  if (prefix >= 1 && prefix <= 128) {
    return { value: prefix > 32 ? { prefix, family: 6 } : { prefix } }
  }
  const message = `wanted a prefix length of 1 to 32, for IPv6 to 128, got ${describeValue(input)}`
  return { rule: 'netmask-out-of-range', message }
}
