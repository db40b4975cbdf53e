import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { GUARDS } from '../domain/guards.ts'
import type { Override } from '../domain/override.ts'
import { drainStatusSchema, outageStatusSchema } from './outage-status.ts'

/** ISO 8601 in UTC, as all times in JSON. */
const time = z.iso.datetime().describe('ISO 8601, UTC')
const verdict = z.enum(['up', 'down', 'unknown'])

/** A real server in a service, as `lvsctl status --json` shows it. */
export const realServerStatusSchema = z.object({
  name: z.string(),
  address: z.string(),
  port: z.int().describe('0 in a fwmark service'),
  zone: z.string().optional(),
  tier: z.int().optional().describe('of a backup: 1 and higher'),
  weight: z.object({
    configured: z.int(),
    effective: z.int().describe('0 when quiesced or not in the table'),
  }),
  inTable: z.boolean().describe('the desired table has a row for it'),
  health: verdict.describe('what the checks say, apart from what the operator wants'),
  healthSince: time,
  admin: z.enum(['enabled', 'draining', 'drained', 'maintenance']),
  connections: z
    .object({ active: z.int(), inactive: z.int(), persistent: z.int() })
    .describe('from the kernels, summed over directors'),
  outage: outageStatusSchema.optional().describe('who took it out of service'),
  drain: drainStatusSchema.optional().describe('where its drain stands'),
  rate: z.number().optional().describe('new connections a second, by the kernels'),
  degraded: z
    .number()
    .optional()
    .describe('share of the configured weight that its checks leave, where that is less than all'),
  reason: z.string().describe('why the effective weight is what it is'),
})

/** A virtual service, as `lvsctl status --json` shows it. */
export const serviceStatusSchema = z.object({
  name: z.string(),
  address: z.string().describe('VIP:port/protocol or fwmark:N'),
  scheduler: z.string(),
  forwarding: z.enum(['masquerade', 'tunnel', 'direct-route', 'mixed']),
  panic: z.boolean().describe('the panic threshold keeps failed real servers in'),
  panicThreshold: z.number().optional().describe('share of the weight below which it does so'),
  guards: z
    .array(z.object({ guard: z.enum(GUARDS), reason: z.string() }))
    .describe('every guard that keeps failed real servers in'),
  quorum: z
    .object({
      state: z.enum(['up', 'down', 'unknown']),
      weight: z.int().describe('configured weight that is up'),
      wanted: z.int(),
    })
    .optional()
    .describe('where the cluster file names one'),
  backups: z
    .int()
    .optional()
    .describe('the highest tier of backups that serves, 0 for none, where there are backups'),
  sorryServer: z.object({ address: z.string(), serving: z.boolean() }).optional(),
  directors: z
    .array(z.string())
    .optional()
    .describe('who serves it, where that is not every director'),
  realServers: z.array(realServerStatusSchema),
})

/** A director, as `lvsctl status --json` shows it. */
export const directorStatusSchema = z.object({
  name: z.string(),
  table: z.string().describe('adapter: kernel, ipvsadm or memory'),
  ipvs: z.string().optional().describe('IPVS version of the kernel'),
  epoch: z.int(),
  generation: z.int().describe('of the table it holds'),
  reportedAt: time,
  driftRepaired: z.int().describe('changes by others that were undone since the start'),
  foreign: z.array(z.string()).describe('virtual services in its table that are not ours'),
  sysctls: z
    .record(z.string(), z.int())
    .describe('settings of its kernel under net.ipv4.vs; none where there is no kernel'),
  unmanagedSince: time.optional().describe('it obeys no controller since then'),
  differences: z
    .array(z.string())
    .optional()
    .describe('what it holds otherwise than it should, the first few'),
  shadow: z
    .object({
      since: time,
      rows: z.int().describe('services and real servers that are compared'),
      same: z.int().describe('how many of them are as we would have them'),
      agreement: z.number().describe('share (0 to 1) of all that was compared since then'),
      disagreements: z.array(z.object({ since: time, said: z.string() })),
    })
    .optional()
    .describe('somebody else holds its table, and ours is only compared with it'),
  problem: z.string().optional(),
})

/** A controller, as `lvsctl status --json` shows it. */
export const controllerStatusSchema = z.object({
  name: z.string(),
  role: z.enum(['leader', 'standby']),
  warm: z.boolean().describe('knows all that it needs to take over'),
  startedAt: time,
  heardAt: time,
})

/** A prober, as `lvsctl status --json` shows it. */
export const proberStatusSchema = z.object({
  name: z.string(),
  vantage: z.string().describe('the place it looks from'),
  tags: z.array(z.string()),
  alive: z.boolean().describe('heard within three heartbeats'),
  heardAt: time.optional(),
  checks: z.int().optional().describe('how many probes are its share'),
  lagMs: z.number().optional().describe('the most that a run was late lately'),
  skewMs: z.number().optional().describe('what its clock is behind ours; negative: ahead'),
  suspect: z.string().optional().describe('why what it sees does not count'),
})

/** A vantage, as `lvsctl status --json` shows it. */
export const vantageStatusSchema = z.object({
  name: z.string(),
  probers: z.int().describe('how many that look from there are alive'),
  counts: z.boolean().describe('it has a say in verdicts'),
  suspect: z.string().optional().describe('why it has none although somebody looks from there'),
  checks: z.int().describe('how many checks it has said something conclusive of'),
  failing: z.int().describe('how many of them it saw failing last'),
})

/** An alert that is raised now. */
export const alertStatusSchema = z.object({
  key: z.string(),
  severity: z.enum(['warning', 'critical'] satisfies readonly Alert['severity'][]),
  message: z.string(),
  since: time,
})

/** The answer of `lvsctl status --json`. */
export const statusSchema = z.object({
  cluster: z.string(),
  generation: z.int().describe('grows with every change of the desired table'),
  at: time,
  epoch: z.int().optional().describe('of the leading controller, grows with every take-over'),
  controllers: z.array(controllerStatusSchema).optional(),
  directors: z.array(directorStatusSchema),
  missingDirectors: z
    .array(z.string())
    .optional()
    .describe('directors of the cluster file that have never reported'),
  probers: z.array(proberStatusSchema).optional(),
  vantages: z.array(vantageStatusSchema).optional(),
  services: z.array(serviceStatusSchema),
  alerts: z.array(alertStatusSchema),
  alerting: z
    .object({
      alerter: z.string().describe('the one that tells people'),
      open: z.int().describe('incidents that are not over'),
      acknowledged: z.int().describe('of them, those that somebody has taken on'),
      silences: z.int(),
      deadLetters: z.int().describe('messages that could not be told'),
      at: time,
    })
    .optional()
    .describe('what the alerter says; absent where none is heard'),
})

/** What `lvsctl status --json` prints. */
export type Status = z.infer<typeof statusSchema>
export type ServiceStatus = z.infer<typeof serviceStatusSchema>
export type RealServerStatus = z.infer<typeof realServerStatusSchema>
export type DirectorStatus = z.infer<typeof directorStatusSchema>
export type ControllerStatus = z.infer<typeof controllerStatusSchema>
export type ProberStatus = z.infer<typeof proberStatusSchema>
export type VantageStatus = z.infer<typeof vantageStatusSchema>

/** What one vantage sees of a check, in the answer of `lvsctl why --json`. */
export const vantageViewSchema = z.object({
  vantage: z.string(),
  prober: z.string().optional().describe('who looked last'),
  verdict: verdict.describe('its vote'),
  counts: z.boolean(),
  why: z
    .enum(['lost', 'suspect', 'silent'])
    .optional()
    .describe('why its vote does not count: no prober is alive, its canaries fail, or silence'),
  streak: z.int(),
  needed: z.int(),
  last: z.object({ at: time, outcome: z.string(), detail: z.string() }).optional(),
})

/** One check in the answer of `lvsctl why --json`. */
export const checkWhySchema = z.object({
  label: z.string(),
  kind: z.string(),
  target: z.string().describe('address:port that is probed'),
  verdict,
  streak: z.int().describe('outcomes in a row that contradict the verdict'),
  needed: z.int().describe('contradicting outcomes in a row that change it'),
  intervalMs: z.number(),
  rise: z.int(),
  fall: z.int(),
  factor: z.number().describe('share of the configured weight that this check leaves'),
  silent: z.boolean().describe('nothing heard for so long that the verdict is only held'),
  last: z
    .object({
      at: time,
      durationMs: z.number(),
      outcome: z.enum(['pass', 'degraded', 'fail', 'inconclusive']),
      code: z.string().optional(),
      detail: z.string(),
    })
    .optional(),
  quorum: z.int().optional().describe('how many vantages must agree to change the verdict'),
  vantages: z
    .array(vantageViewSchema)
    .optional()
    .describe('what each vantage sees, where several look'),
})

/** An operator's override in the answer of `lvsctl why --json`. */
export const overrideWhySchema = z.object({
  kind: z.enum(['drain', 'maintenance', 'weight'] satisfies readonly Override['kind'][]),
  scope: z.string().describe('real server everywhere, or service/server'),
  weight: z.string().optional().describe('of a weight: 50, or 50 % of the configured one'),
  owner: z.string(),
  reason: z.string(),
  since: time,
  until: time.optional(),
})

/** The answer of `lvsctl why SERVICE/SERVER --json`: the provenance of one effective weight. */
export const whySchema = z.object({
  service: z.string(),
  server: realServerStatusSchema,
  because: z
    .enum([
      'healthy',
      'degraded',
      'failed',
      'held',
      'unproven',
      'standby',
      'slow-start',
      'dynamic',
      'weight',
      'drain',
      'maintenance',
      ...GUARDS,
    ])
    .describe('the rule that decided'),
  checks: z.array(checkWhySchema),
  overrides: z.array(overrideWhySchema),
  placed: z.object({ generation: z.int(), at: time }).describe('what wrote the weight, and when'),
  changes: z
    .array(z.object({ at: time, by: z.string().optional(), message: z.string() }))
    .optional()
    .describe('what changed its row or was said about it last, oldest first'),
  directors: z.array(
    z.object({
      name: z.string(),
      weight: z.int().nullable().describe('in its kernel; null: no row'),
      shadow: z.literal(true).optional().describe('somebody else has put it there'),
    }),
  ),
})

/** What `lvsctl why --json` prints for one real server. */
export type Why = z.infer<typeof whySchema>
