import { z } from 'zod'
import { ROLES } from '../domain/access.ts'
import { auditEntrySchema } from './audit-message.ts'

const time = z.iso.datetime().describe('ISO 8601, UTC')
const role = z.enum(ROLES)

/** Also the last token of a key of a bucket, so it keeps to what NATS allows there. */
const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/,
    'wanted letters, digits, and . _ - between them, at most 64',
  )

const services = z
  .array(
    z.string().regex(/^([A-Za-z0-9_-]+\*?|\*)$/, 'wanted a service, or a start of names: web-*'),
  )
  .min(1)
  .max(100)
  .describe('orders to these virtual services only, * at the end stands for the rest; absent: all')

/** As `services`, in answers. */
const granted = z.array(z.string())

/** Long enough for a phrase, short enough to hash: NIST SP 800-63B section 3.1.1.2 wants 64. */
const newPassword = z.string().min(10, 'a password has 10 to 256 characters').max(256)
const password = z.string().max(256)

/** At most a year and a day. */
const forMs = z
  .number()
  .positive()
  .max(366 * 86_400_000)

const tokenName = z.string().min(1).max(100)

/** Somebody who may log in; never the password. */
const userSchema = z.object({
  name: z.string(),
  role,
  services: granted.optional(),
  hasPassword: z.boolean(),
  createdAt: time,
})
export type UserInfo = z.infer<typeof userSchema>

/** A token by what may be known of it; never the token. */
const tokenSchema = z.object({
  id: z.string().describe('names the token, opens nothing'),
  name: z.string(),
  user: z.string(),
  role: role.describe('the lesser of its own and its user’s'),
  services: granted.optional(),
  kind: z.enum(['login', 'api']),
  createdAt: time,
  expiresAt: time,
})
export type TokenInfo = z.infer<typeof tokenSchema>

/** The only answer in which a token stands. */
const newTokenSchema = z.object({
  token: z.string().describe('shown this once'),
  id: z.string(),
  user: z.string(),
  role,
  expiresAt: time,
})
export type NewToken = z.infer<typeof newTokenSchema>

const grantSchema = z.object({ role, services: granted.optional() })

/** The header in which a browser's page proves that an order is its own. */
export const CSRF_HEADER = 'x-lvs-warden-csrf'

/** A browser's log-in; the token itself is in a cookie that no script can read. */
const sessionSchema = z.object({
  cluster: z.string(),
  name: z.string(),
  role,
  services: granted.optional(),
  expiresAt: time.optional(),
  csrf: z.string().optional().describe(`what the header ${CSRF_HEADER} of each order must say`),
})
export type Session = z.infer<typeof sessionSchema>

const whoamiSchema = z.object({
  name: z.string(),
  role,
  services: granted.optional(),
  via: z.enum(['socket', 'token']),
  from: z.string().describe('where the request came from'),
  expiresAt: time.optional(),
})
export type Whoami = z.infer<typeof whoamiSchema>

function defineVerb<Request, Response>(
  name: string,
  requestSchema: z.ZodType<Request>,
  responseSchema: z.ZodType<Response>,
) {
  return { name, requestSchema, responseSchema }
}

/** Verbs that the console answers by itself, so that no password ever goes over the bus. */
export const accessApi = {
  login: defineVerb(
    'login',
    z.object({ user: z.string().max(100), password, forMs: forMs.optional() }),
    newTokenSchema,
  ),
  sessionOpen: defineVerb(
    'sessionOpen',
    z.object({ user: z.string().max(100), password }),
    sessionSchema,
  ),
  setup: defineVerb(
    'setup',
    z.object({
      secret: z.string().max(100).describe('from the link that the first start prints'),
      name: userName,
      password: newPassword,
    }),
    sessionSchema,
  ),
  session: defineVerb('session', z.object({}), sessionSchema),
  logoutEverywhere: defineVerb(
    'logoutEverywhere',
    z.object({}),
    z.object({ revokedTokens: z.int().describe('log-ins that ended, this one among them') }),
  ),
  logout: defineVerb('logout', z.object({}), z.object({ revoked: z.boolean() })),
  whoami: defineVerb('whoami', z.object({}), whoamiSchema),
  usersList: defineVerb('usersList', z.object({}), z.object({ users: z.array(userSchema) })),
  usersAdd: defineVerb(
    'usersAdd',
    z.object({
      name: userName,
      role,
      services: services.optional(),
      password: newPassword.optional().describe('without one only tokens open the door'),
    }),
    z.object({ user: userSchema }),
  ),
  usersRemove: defineVerb(
    'usersRemove',
    z.object({ name: userName }),
    z.object({ removed: z.string(), revokedTokens: z.int() }),
  ),
  usersGrant: defineVerb(
    'usersGrant',
    z.object({ name: userName, role, services: services.optional() }),
    z.object({ before: grantSchema, after: grantSchema }),
  ),
  usersPasswd: defineVerb(
    'usersPasswd',
    z.object({
      name: userName,
      password: newPassword,
      oldPassword: password.optional().describe('needed for one’s own over HTTPS'),
    }),
    z.object({ changed: z.string(), revokedTokens: z.int().describe('of log-ins') }),
  ),
  tokensList: defineVerb('tokensList', z.object({}), z.object({ tokens: z.array(tokenSchema) })),
  tokensCreate: defineVerb(
    'tokensCreate',
    z.object({
      name: tokenName,
      user: userName.optional().describe('oneself when absent'),
      role: role.optional().describe('no more than the user’s own'),
      services: services.optional(),
      forMs,
    }),
    newTokenSchema,
  ),
  tokensRevoke: defineVerb(
    'tokensRevoke',
    z.object({ id: z.string().max(64).describe('id of the token') }),
    z.object({ revoked: tokenSchema }),
  ),
  audit: defineVerb(
    'audit',
    z.object({
      limit: z.int().min(1).max(10_000).default(100),
      since: z.number().optional().describe('milliseconds since the epoch'),
      user: z.string().max(100).optional(),
    }),
    z.object({ entries: z.array(auditEntrySchema) }),
  ),
} as const

/** The name of a verb that the console answers. */
export type AccessVerb = keyof typeof accessApi
