import { z } from 'zod'
import type { Amount } from '../domain/amount.ts'
import { durationSchema } from './duration-schema.ts'
import { integerSchema, percentSchema } from './numbers.ts'
import { programSchema } from './program-schema.ts'
import { scalar } from './scalar.ts'
import { describeValue } from './values.ts'

const MAX_WEIGHT_SUM = 0xffff_ffff
const DAY_MS = 86_400_000

/** The word that takes back what `defaults` say. */
const none = scalar({ const: 'none' }, (input) =>
  input === 'none'
    ? { value: 'none' as const }
    : { rule: 'wrong-type', message: `wanted none, got ${describeValue(input)}` },
)

/** A whole number, or a share such as `25%`. */
function amountSchema(
  min: number,
  max: number,
  hint: Readonly<Record<string, unknown>>,
): z.ZodType<Amount> {
  return scalar<Amount>(
    { type: ['integer', 'string'], minimum: min, pattern: '^\\d+(\\.\\d+)?%$', ...hint },
    (input) => {
      const got = `got ${describeValue(input)}`
      const wanted = `wanted a whole number from ${min}, or a share such as 25%, ${got}`
      if (typeof input === 'number') {
        return Number.isInteger(input) && input >= min && input <= max
          ? { value: { count: input } }
          : { rule: 'out-of-range', message: wanted }
      }
      const match = typeof input === 'string' ? /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(input) : null
      if (match === null) return { rule: 'wrong-type', message: wanted }
      const percent = Number(match[1])
      return percent <= 100
        ? { value: { share: percent / 100 } }
        : { rule: 'bad-percent', message: `wanted 0% to 100%, ${got}` }
    },
  )
}

function hookSchema(description: string): z.ZodType<readonly string[]> {
  return programSchema({ rule: 'bad-hook', folder: "the director's hook folder" }, description)
}

/** Keys of a virtual service about what keeps failed real servers in. */
export const guardKeys = {
  minHealthy: amountSchema(0, 65_535, {
    description: 'Real servers that stay in the table whatever the checks say; 0 turns it off.',
    default: 0,
  }).optional(),
  maxEjected: amountSchema(1, 65_535, {
    description: 'Real servers that failures may keep out at the same time; 100% turns it off.',
    default: '100%',
  }).optional(),
  breaker: z
    .union([
      none,
      z.strictObject({
        share: percentSchema(100, {
          description: 'Share of the real servers that were well, which fails at once.',
          default: '75%',
        }).optional(),
        within: durationSchema(
          { min: 1000, max: DAY_MS },
          { description: 'Failures this near to one another are one event.', default: '30s' },
        ).optional(),
        hold: z
          .union([none, durationSchema({ min: 1000, max: DAY_MS })])
          .optional()
          .describe('How long nobody leaves before the failures are believed; none: until asked.'),
      }),
    ])
    .optional()
    .describe('When so much fails at once that the monitoring is suspect, nobody leaves.'),
}

/** Keys of a virtual service about who serves when too few do. */
export const poolKeys = {
  quorum: amountSchema(1, MAX_WEIGHT_SUM, {
    description: 'Weight that must be up; below it the sorry server serves beside who is left.',
    default: 1,
  }).optional(),
  hysteresis: amountSchema(0, MAX_WEIGHT_SUM, {
    description: 'How far beyond the quorum the weight must go before it is lost or back.',
    default: 0,
  }).optional(),
  backupsBelow: amountSchema(1, MAX_WEIGHT_SUM, {
    description: 'Backups serve while less weight than this is up.',
    default: 'the quorum',
  }).optional(),
  onQuorumUp: hookSchema('Run when the quorum is there again').optional(),
  onQuorumDown: hookSchema('Run when the quorum is lost').optional(),
}

/** Keys of a real server about its place among the others. */
export const placeKeys = {
  tier: integerSchema(
    { min: 0, max: 9, rule: 'out-of-range' },
    { description: '1 and higher are backups, the lowest first; 0 always serves.', default: 0 },
  ).optional(),
  onUp: hookSchema('Run when the real server comes up in this service').optional(),
  onDown: hookSchema('Run when the real server goes down in this service').optional(),
}

const proportion = (description: string, percent: string) =>
  percentSchema(100, { description, default: percent }).optional()

/** Keys of a virtual service about weights that move. */
export const weightKeys = {
  slowStart: z
    .union([
      none,
      durationSchema({ min: 1000, max: DAY_MS }),
      z.strictObject({
        over: durationSchema(
          { min: 1000, max: DAY_MS },
          { description: 'Time from the first step to all of the weight.', default: '60s' },
        ).optional(),
        steps: integerSchema(
          { min: 1, max: 100, rule: 'out-of-range' },
          { description: 'Steps on the way.', default: 5 },
        ).optional(),
        from: percentSchema(100, {
          description: 'Share of the weight to begin with.',
          default: '10%',
        }).optional(),
      }),
    ])
    .optional()
    .describe('A real server that comes back gets its weight step by step: none, a time, or keys.'),
  dynamicWeight: z
    .union([
      none,
      z.strictObject({
        interval: durationSchema(
          { min: 1000, max: 3_600_000 },
          { description: 'Time from one adjustment to the next.', default: '10s' },
        ).optional(),
        proportions: z
          .strictObject({
            active: proportion('Active connections.', '0%'),
            new: proportion('New connections a second.', '50%'),
            response: proportion('How long the checks take.', '50%'),
            agent: proportion('What the agent leaves of the weight.', '0%'),
          })
          .optional()
          .describe('What makes up the load; only their ratio counts.'),
        lowest: percentSchema(100, {
          description: 'Least share of the configured weight.',
          default: '20%',
        }).optional(),
        highest: percentSchema(500, {
          description: 'Most of the configured weight.',
          default: '150%',
        }).optional(),
        step: percentSchema(100, {
          description: 'How far a weight moves at a time, of the configured one.',
          default: '10%',
        }).optional(),
        sensitivity: percentSchema(100, {
          description: 'Loads nearer to the average than this move nothing.',
          default: '5%',
        }).optional(),
      }),
    ])
    .optional()
    .describe('Weights follow the load of the real servers: none, or keys.'),
}
