import { z } from 'zod'
import { SCHEDULER_FLAGS, SCHEDULERS } from '../domain/virtual-service.ts'
import { durationSchema } from './duration-schema.ts'
import { labelsSchema } from './label-schema.ts'
import { netmaskSchema } from './netmask.ts'
import { integerSchema, percentSchema, portSchema } from './numbers.ts'
import { scalar } from './scalar.ts'
import { endpointSchema, hostSchema } from './server-address.ts'
import { guardKeys, placeKeys, poolKeys, weightKeys } from './serving-schema.ts'
import { describeValue } from './values.ts'
import { booleanSchema, nameSchema, wordSchema } from './words.ts'

const FORWARDING = ['masquerade', 'tunnel', 'direct-route'] as const

const threshold = { min: 0, max: 0xffff_ffff, rule: 'threshold-out-of-range' } as const
const persistenceTimeout = {
  // ipvsadm's own limits (libipvs MIN_TIMEOUT, MAX_TIMEOUT): one second to 31 days.
  min: 1000,
  max: 31 * 86_400_000,
}

/** The word that takes back what `defaults` or the service says. */
const none = scalar({ const: 'none' }, (input) =>
  input === 'none'
    ? { value: 'none' as const }
    : { rule: 'wrong-type', message: `wanted none, got ${describeValue(input)}` },
)

const forwarding = wordSchema(FORWARDING, {
  description:
    'How packets reach the real server: masquerade (ipvsadm -m), tunnel (-i), ' +
    'direct-route (-g). Has no default, because every tool has another one.',
})

const checksum = wordSchema(['none', 'checksum', 'remote'], {
  description: 'Checksum of the encapsulation (ipvsadm --tun-nocsum, --tun-csum, --tun-remcsum).',
  default: 'none',
})

const tunnel = z
  .strictObject({
    type: wordSchema(['ipip', 'gue', 'gre'], {
      description: 'Encapsulation (ipvsadm --tun-type).',
      default: 'ipip',
    }).optional(),
    port: portSchema({
      description: 'UDP port of the encapsulation; needed by gue, unknown to the others.',
    }).optional(),
    checksum: checksum.optional(),
  })
  .describe('Encapsulation of the tunnel forwarding method.')

/** A check as written: the word none, a kind, or its keys. The keys are read by `readCheck`. */
export const checkSchema = z.unknown().meta({ $ref: '#/$defs/check' })

/** Keys of a real server in a virtual service; the service and `defaults` may give them too. */
export const serverKeys = {
  weight: integerSchema(
    { min: 0, max: 65_535, rule: 'weight-out-of-range' },
    { description: 'Share of the load against the other real servers.', default: 100 },
  ).optional(),
  forwarding: forwarding.optional(),
  tunnel: tunnel.optional(),
  upperThreshold: integerSchema(threshold, {
    description: 'Connections above which the kernel sends no new ones; 0 is no limit.',
    default: 0,
  }).optional(),
  lowerThreshold: integerSchema(threshold, {
    description: 'Connections below which it sends new ones again; 0 is three quarters of upper.',
    default: 0,
  }).optional(),
  ...placeKeys,
  check: checkSchema
    .optional()
    .describe('The one check of the real server, none, or just a kind. Not with checks.'),
  checks: z
    .array(checkSchema)
    .optional()
    .meta({ description: 'Several checks; all must pass. Not with check.', minItems: 1 }),
}

const persistence = z.union([
  none,
  durationSchema(persistenceTimeout),
  z.strictObject({
    timeout: durationSchema(persistenceTimeout, {
      description: 'How long a client keeps its real server after its last connection.',
      default: '5m',
    }).optional(),
    netmask: netmaskSchema({
      description: 'Clients of one network share a real server: /24, 24 or 255.255.255.0.',
      default: '/32, or /128 for IPv6',
    }).optional(),
    engine: wordSchema(['sip'], {
      description: 'Recognise a client by what it sends (ipvsadm --pe); sip needs udp or a fwmark.',
    }).optional(),
  }),
])

const sorryServer = z.union([
  none,
  endpointSchema({ examples: ['10.0.0.9:8088'] }),
  z.strictObject({
    address: hostSchema({ description: 'IPv4 or IPv6 address, or host name.' }),
    port: portSchema({ description: 'Port.', default: "the service's port" }).optional(),
    forwarding: wordSchema(FORWARDING, {
      description: 'Forwarding method.',
      default:
        "the service's; masquerade where the port is another; direct-route to a loopback address",
    }).optional(),
  }),
])

const vantageNames = z
  .array(nameSchema())
  .describe('Names of vantages; all that have a live prober when absent.')

const probeFrom = z.union([
  vantageNames,
  z.strictObject({
    vantages: vantageNames.optional(),
    quorum: integerSchema(
      { min: 1, max: 1000, rule: 'out-of-range' },
      {
        description: 'Vantages that must agree before a verdict changes.',
        default: 'a majority of those that count',
      },
    ).optional(),
  }),
])

/** Keys of a virtual service that `defaults` may give. */
export const serviceKeys = {
  ...serverKeys,
  scheduler: wordSchema(
    SCHEDULERS,
    { description: 'Scheduler of the kernel (ipvsadm -s).', default: 'wlc' },
    { rule: 'unknown-scheduler', noun: 'a scheduler' },
  ).optional(),
  schedulerFlags: z
    .array(
      wordSchema(SCHEDULER_FLAGS, {}, { rule: 'unknown-scheduler-flag', noun: 'a scheduler flag' }),
    )
    .optional()
    .describe('Flags of the sh and mh schedulers (ipvsadm -b).'),
  persistence: persistence
    .optional()
    .describe('One client keeps its real server: none, a timeout, or its keys (ipvsadm -p).'),
  onePacket: booleanSchema({
    description: 'Schedule each packet by itself (ipvsadm -o); udp and fwmark only.',
    default: false,
  }).optional(),
  onFailure: wordSchema(['quiesce', 'remove'], {
    description: 'What becomes of a failed real server: weight 0, or out of the table.',
    default: 'quiesce',
  }).optional(),
  panicThreshold: percentSchema(100, {
    description:
      'Share of the enabled weight that stays in the table whatever the checks say; ' +
      '0% turns it off.',
    default: '50%',
  }).optional(),
  ...guardKeys,
  ...poolKeys,
  ...weightKeys,
  sorryServer: sorryServer
    .optional()
    .describe('Where traffic goes when no real server is left: none, address:port, or its keys.'),
  probeFrom: probeFrom
    .optional()
    .describe('Which vantages look at the real servers, and how many of them must agree.'),
  directors: z
    .array(nameSchema())
    .optional()
    .describe('Names of the directors that serve it; all of them when absent.'),
  labels: labelsSchema('Whatever routes of alerts shall know of it.').optional(),
}
