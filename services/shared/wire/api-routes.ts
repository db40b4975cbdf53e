import type { z } from 'zod'
import type { Role } from '../domain/access.ts'
import { formatTarget } from '../domain/server-target.ts'
import type { AccessVerb, accessApi } from './access-api.ts'
import { ALERT_ROUTES } from './alert-routes.ts'
import type { Applied, api, Verb } from './api.ts'
import { order, question, type RoutesOf } from './api-route.ts'
import { MAX_CLUSTER_FILE_CHARACTERS } from './limits.ts'

/** A check may take its whole timeout, and a real server may have several. */
const CHECK_TIMEOUT_MS = 120_000
/** A reload may look names up. */
const RELOAD_TIMEOUT_MS = 30_000
/** JSON may write a character with six, and letters beyond ASCII have up to three bytes. */
const CLUSTER_FILE_BYTES = 3 * MAX_CLUSTER_FILE_CHARACTERS
/** A long stretch out of a database, and a page of everything. */
const HISTORY_TIMEOUT_MS = 30_000

const override = {
  ...order,
  touches: ({ targets }: { readonly targets: readonly string[] }) => ({ targets }),
  signed: 'owner',
  reason: 'reason',
  effect: weightsOf,
} as const
const oneTarget = ({ target }: { readonly target: string }) => ({ targets: [target] })

const revisionOrder = {
  ...order,
  timeoutMs: RELOAD_TIMEOUT_MS,
  role: 'admin',
  signed: 'by',
  reason: 'reason',
  effect: ({ applied, changed, revision, file }: Applied) => ({
    after: { applied, changed, revision, file },
  }),
} as const

/** Verbs that a service answers on the bus: the one table of who may do what. */
export const API_ROUTES: RoutesOf<typeof api> = {
  status: { ...question, path: '/v1/status', summary: 'everything as it is now' },
  why: { ...question, path: '/v1/why', summary: 'why a real server has the weight that it has' },
  events: { ...question, path: '/v1/events', summary: 'what happened, oldest first' },
  drain: { ...override, path: '/v1/drain', summary: 'let real servers run empty' },
  maintenance: { ...override, path: '/v1/maintenance', summary: 'take real servers out at once' },
  enable: { ...override, path: '/v1/enable', summary: 'end drain and maintenance' },
  weight: { ...override, path: '/v1/weight', summary: 'another weight than the configured one' },
  project: {
    ...order,
    role: 'viewer',
    changes: false,
    path: '/v1/project',
    summary: 'whether the others would carry the load of real servers',
  },
  release: {
    ...order,
    path: '/v1/release',
    summary: 'believe the failures that the breaker of a service holds back',
    touches: ({ services }) => ({ services }),
    signed: 'owner',
    reason: 'reason',
  },
  check: {
    ...order,
    path: '/v1/check',
    summary: 'run the checks of a real server once',
    timeoutMs: CHECK_TIMEOUT_MS,
    changes: false,
    touches: oneTarget,
  },
  push: {
    ...order,
    path: '/v1/push',
    // A program's word every few seconds, as fleeting as a check's.
    changes: false,
    summary: 'say how a real server is, for its checks of type push',
    touches: oneTarget,
  },
  reload: {
    ...order,
    path: '/v1/reload',
    summary: 'read the cluster file again',
    timeoutMs: RELOAD_TIMEOUT_MS,
    role: 'admin',
    signed: 'by',
    effect: ({ applied, file }) => ({ after: { applied, file } }),
  },
  apply: {
    ...revisionOrder,
    path: '/v1/apply',
    summary: 'put a cluster file in force as the next revision',
    maxBodyBytes: CLUSTER_FILE_BYTES,
  },
  plan: {
    ...order,
    timeoutMs: RELOAD_TIMEOUT_MS,
    path: '/v1/plan',
    // What it keeps is gone in an hour, and nothing is in force by it.
    changes: false,
    summary: 'what a cluster file would change in the live tables of all directors',
    touches: () => ({ services: [] }),
    signed: 'by',
    maxBodyBytes: CLUSTER_FILE_BYTES,
  },
  applyPlan: {
    ...revisionOrder,
    path: '/v1/apply-plan',
    summary: 'put a cluster file in force as planned, unless something has changed since',
  },
  rollback: {
    ...revisionOrder,
    path: '/v1/rollback',
    summary: 'put an earlier cluster file in force again',
  },
  windows: { ...question, path: '/v1/windows', summary: 'maintenance windows' },
  windowAdd: {
    ...order,
    path: '/v1/windows',
    summary: 'a new maintenance window',
    // One that has the name already is replaced.
    touches: ({ window }) => ({
      targets: window.targets.map(formatTarget),
      window: window.name,
    }),
    signed: 'owner',
    effect: () => ({}),
  },
  windowRemove: {
    ...order,
    path: '/v1/windows/remove',
    summary: 'a maintenance window is no longer wanted',
    touches: ({ name }) => ({ targets: [], window: name }),
    signed: 'owner',
    reason: 'reason',
    effect: () => ({}),
  },
  ...ALERT_ROUTES,
  revisions: {
    ...question,
    path: '/v1/revisions',
    summary: 'the cluster files that were in force',
  },
  revision: {
    ...question,
    path: '/v1/revision',
    summary: 'one of them with its text',
    role: 'admin',
  },
  history: {
    ...question,
    path: '/v1/history',
    summary: 'how a service or a real server has been',
    timeoutMs: HISTORY_TIMEOUT_MS,
  },
  report: {
    ...question,
    path: '/v1/report',
    summary: 'how available services and real servers were',
    timeoutMs: HISTORY_TIMEOUT_MS,
  },
  historyExport: {
    ...question,
    path: '/v1/history/export',
    summary: 'the whole local history, page by page',
    timeoutMs: HISTORY_TIMEOUT_MS,
  },
}

/** scrypt takes a tenth of a second, and others may be in front. */
const PASSWORD_TIMEOUT_MS = 15_000
const ownOrAdmin = { ...order, role: 'viewer' } as const
/** They write their own lines: what fails must not fill the log. */
const doorway = {
  ...order,
  timeoutMs: PASSWORD_TIMEOUT_MS,
  role: 'anyone',
  changes: false,
} as const
const administration = { ...order, role: 'admin' } as const

/** Verbs that the console answers itself: who somebody is, and what was done. */
export const ACCESS_ROUTES: RoutesOf<typeof accessApi> = {
  login: { ...doorway, path: '/v1/login', summary: 'a token for a name and a password' },
  sessionOpen: { ...doorway, path: '/v1/session', summary: 'log a browser in by cookie' },
  setup: { ...doorway, path: '/v1/setup', summary: 'the first administrator, by the set-up link' },
  session: { ...question, path: '/v1/session', summary: 'who a browser is logged in as' },
  logoutEverywhere: {
    ...ownOrAdmin,
    path: '/v1/logout/everywhere',
    summary: 'end every log-in of one’s own; tokens of programs stay',
  },
  logout: { ...ownOrAdmin, path: '/v1/logout', summary: 'revoke the token that is shown' },
  whoami: { ...question, path: '/v1/whoami', summary: 'who the console takes you for' },
  usersList: {
    ...question,
    path: '/v1/users',
    summary: 'everybody who may log in',
    role: 'admin',
  },
  usersAdd: { ...administration, path: '/v1/users', summary: 'a new user' },
  usersRemove: {
    ...administration,
    path: '/v1/users/remove',
    summary: 'a user and all its tokens',
  },
  usersGrant: {
    ...administration,
    path: '/v1/users/grant',
    summary: 'another role, other services',
    effect: ({ before, after }) => ({ before, after }),
  },
  usersPasswd: {
    ...ownOrAdmin,
    path: '/v1/users/passwd',
    summary: 'a new password: one’s own with the old one, anybody’s as admin',
    timeoutMs: PASSWORD_TIMEOUT_MS,
  },
  tokensList: { ...question, path: '/v1/tokens', summary: 'one’s own tokens; all as admin' },
  tokensCreate: {
    ...ownOrAdmin,
    path: '/v1/tokens',
    summary: 'a token for oneself; for anybody as admin',
    effect: ({ id, expiresAt }) => ({ after: { id, expiresAt } }),
  },
  tokensRevoke: { ...ownOrAdmin, path: '/v1/tokens/revoke', summary: 'end a token at once' },
  audit: { ...question, path: '/v1/audit', summary: 'who changed what, and why', role: 'admin' },
}

/** What is not a question or order of a verb. */
export const PLAIN_ROUTES = {
  program: { path: '/v1', role: 'anyone', summary: 'what answers here' },
  openapi: { path: '/openapi.json', role: 'anyone', summary: 'this document' },
  stream: { path: '/v1/stream', role: 'viewer', summary: 'server-sent events: status and events' },
} as const satisfies Record<string, { path: string; role: Role | 'anyone'; summary: string }>

/** Every verb that HTTP knows. */
export type HttpVerb = Verb | AccessVerb

function weightsOf({ changed }: z.infer<(typeof api)['drain']['responseSchema']>) {
  const of = (moment: 'before' | 'after') =>
    Object.fromEntries(
      changed.map(({ service, server, weight }) => [`${service}/${server}`, weight[moment]]),
    )
  return { before: of('before'), after: of('after') }
}
