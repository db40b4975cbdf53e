import { z } from 'zod'
import type { Check } from '../../../probes/check.ts'
import { durationSchema } from './duration-schema.ts'
import { integerSchema, percentSchema, portSchema } from './numbers.ts'
import { addressSchema, hostSchema } from './server-address.ts'
import type { JsonSchema } from './valid-keys.ts'
import { booleanSchema, nameSchema } from './words.ts'

/** The kinds of check that a file may use, by name. */
export type CheckKinds = Readonly<Record<string, Check>>

const DAY_MS = 86_400_000
const streak = { min: 1, max: 1000 } as const

/** Keys that every check has, whatever its kind; the others are the kind's own options. */
export const commonCheckSchema = z.object({
  name: nameSchema({
    description: 'Label for people and metrics.',
    default: 'the kind, with the port where that tells checks apart',
  }).optional(),
  interval: durationSchema(
    { min: 20, max: DAY_MS },
    { description: 'Time from one run to the next.', default: '2s' },
  ).optional(),
  fastInterval: durationSchema(
    { min: 20, max: DAY_MS },
    {
      description: 'Interval from a first failure or first recovery until the verdict is settled.',
      default: 'a fifth of interval, at least 200ms, at most interval',
    },
  ).optional(),
  timeout: durationSchema(
    { min: 5, max: DAY_MS },
    {
      description: 'Time that one run may take; at most interval.',
      default: '1s, or interval where that is less',
    },
  ).optional(),
  rise: integerSchema(
    { ...streak, rule: 'rise-out-of-range' },
    { description: 'Passes in a row that bring a server up.', default: 2 },
  ).optional(),
  fall: integerSchema(
    { ...streak, rule: 'fall-out-of-range' },
    { description: 'Failures in a row that take a server down.', default: 3 },
  ).optional(),
  jitter: percentSchema(50, {
    description: 'Share of the interval by which each run moves at random.',
    default: '0%',
  }).optional(),
  tripwire: booleanSchema({
    description:
      'Hold an idle connection to the server; its unexpected close starts a check at once.',
    default: false,
  }).optional(),
  connectsBetween: integerSchema(
    { min: 0, max: 1000, rule: 'out-of-range' },
    {
      description:
        'Plain TCP connects between two runs of the check itself, as long as it passes. ' +
        'Only kinds over TCP.',
      default: 0,
    },
  ).optional(),
  slowAfter: durationSchema(
    { min: 1, max: DAY_MS },
    {
      description:
        'A pass that took longer is degraded: the server keeps slowFactor of its weight.',
      default: 'never',
    },
  ).optional(),
  slowFactor: percentSchema(100, {
    description: 'Share of the weight that a slow server keeps; 100% only warns.',
    default: '50%',
  }).optional(),
  sourceAddress: addressSchema({
    description: 'Address of this machine that probes come from.',
    default: 'as the kernel chooses',
  }).optional(),
  port: portSchema({
    description: "Port to check where it is not the real server's.",
  }).optional(),
  address: hostSchema({
    description: "Address to check where it is not the real server's.",
  }).optional(),
})

/** What the common keys of a check say. */
export type WrittenCheck = z.output<typeof commonCheckSchema>

/** Names of the common keys, without `type`. */
export const COMMON_CHECK_KEYS: readonly string[] = Object.keys(commonCheckSchema.shape)

/** Only these are handed down to a check of another kind: the rest says where and what to ask. */
export const TIMING_KEYS: readonly string[] = [
  'interval',
  'fastInterval',
  'timeout',
  'rise',
  'fall',
  'jitter',
  'tripwire',
  'connectsBetween',
  'slowAfter',
  'slowFactor',
  'sourceAddress',
]

const schemas = new WeakMap<Check, JsonSchema>()

/** JSON Schema of a kind's own options, as they are written in the file. */
export function optionsJsonSchema(check: Check): JsonSchema {
  const known = schemas.get(check)
  if (known !== undefined) return known
  const { $schema: _, ...made } = z.toJSONSchema(check.options, {
    io: 'input',
    unrepresentable: 'any',
  })
  schemas.set(check, made)
  return made
}

/** Tripwires and `connectsBetween` are TCP connections, so the check must be one over TCP. */
export function isOverTcp(check: Check): boolean {
  return check.portless !== true && check.withoutTcp !== true
}
