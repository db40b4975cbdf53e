import { z } from 'zod'
import { alertingSchema } from './alerting-schema.ts'
import { labelsSchema } from './label-schema.ts'
import { integerSchema, portSchema } from './numbers.ts'
import { scalar } from './scalar.ts'
import { hostSchema, parseHost } from './server-address.ts'
import { serviceAddressSchema } from './service-address.ts'
import { serverKeys, serviceKeys } from './settings-schema.ts'
import { sysctlSettingsSchema } from './sysctl-settings.ts'
import { describeValue } from './values.ts'
import { vantageSchema } from './vantage-schema.ts'
import { windowSchema } from './window-schema.ts'
import { nameSchema } from './words.ts'

const HOST_HINT = { description: 'IPv4 or IPv6 address, or a host name resolved once at load.' }

const host = z.union([
  scalar({ type: 'string' }, (input) => {
    if (typeof input === 'string') return parseHost(input)
    const message = `wanted an address or { address, zone }, got ${describeValue(input)}`
    return { rule: 'wrong-type', message }
  }),
  z.strictObject({
    address: hostSchema(HOST_HINT),
    zone: nameSchema({ description: 'Rack, room or site, for people.' }).optional(),
    labels: labelsSchema('Whatever routes of alerts shall know of it.').optional(),
  }),
])

const serverPort = portSchema({
  description: "Port of the real server where it is not the service's; masquerade only.",
})

/** Keys of a real server in a virtual service, or nothing at all. */
const server = z.union([
  scalar({ type: 'null' }, (input) => {
    if (input === null) return { value: null }
    const message = `wanted keys such as { weight: 100 } or nothing, got ${describeValue(input)}`
    return { rule: 'wrong-type', message }
  }),
  integerSchema({ min: 0, max: 65_535, rule: 'weight-out-of-range' }),
  z.strictObject({ ...serverKeys, port: serverPort.optional() }),
])

const service = z.strictObject({
  address: serviceAddressSchema({
    description: 'VIP:port/protocol, [v6]:port/protocol, fwmark:number or fwmark:number/ipv6.',
    pattern: '^(.+:\\d+/(tcp|udp|sctp)|fwmark:\\d+(/ipv6)?)$',
    examples: ['192.0.2.10:80/tcp', '[2001:db8::10]:53/udp', 'fwmark:7'],
  }),
  ...serviceKeys,
  port: serverPort.optional(),
  realServers: z
    .record(nameSchema(), server)
    .describe('Who serves: names of the realServers above, each with what is particular to it.'),
})

/** A director has no keys of its own. */
const directorSchema = z.union([
  scalar({ type: 'null' }, (input) => {
    if (input === null) return { value: null }
    const message = `wanted nothing after the name of a director, got ${describeValue(input)}`
    return { rule: 'wrong-type', message }
  }),
  z.strictObject({}),
])

/** What `defaults` may hold: every key of a service but its address, port and servers. */
export const defaultsSchema = z.strictObject(serviceKeys)

/** The whole cluster file. */
export const fileSchema = z.strictObject({
  cluster: nameSchema({ description: 'Name of the cluster; part of every subject on the bus.' }),
  defaults: defaultsSchema
    .optional()
    .describe('Keys of services, real servers and checks, given once.'),
  realServers: z
    .record(nameSchema(), host)
    .describe('Every real server once, by name: its address, or { address, zone }.'),
  sysctls: sysctlSettingsSchema
    .optional()
    .describe('Settings of the kernel under net.ipv4.vs that every director shall have.'),
  directors: z
    .record(nameSchema(), directorSchema)
    .optional()
    .describe('Every director, by name. Whoever reports is one when absent.'),
  vantages: z
    .record(nameSchema(), vantageSchema)
    .optional()
    .describe('The places that probers look from, by name.'),
  virtualServices: z.record(nameSchema(), service).describe('The virtual services, by name.'),
  maintenance: z
    .array(windowSchema)
    .optional()
    .describe('Times at which real servers are taken out of service and brought back.'),
  alerting: alertingSchema.optional().describe('Whom to tell what is wrong, and how.'),
})

/** The same without what is needed of a whole file: reads on where keys were wrong and left out. */
export const incompleteFileSchema = fileSchema.extend({
  virtualServices: z.record(nameSchema(), service.partial({ address: true, realServers: true })),
})

/** A cluster file whose values are read but not yet put together. */
export type WrittenFile = z.output<typeof incompleteFileSchema>
/** Settings of a service, or of `defaults`. */
export type WrittenSettings = z.output<typeof defaultsSchema>
/** A virtual service. */
export type WrittenService = WrittenFile['virtualServices'][string]
/** A real server of a virtual service. */
export type WrittenServer = z.output<typeof server>
