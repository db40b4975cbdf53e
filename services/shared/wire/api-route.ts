import type { z } from 'zod'
import type { Role } from '../domain/access.ts'
import type { CauseMatch } from '../domain/cause.ts'

/**
 * What an order concerns: real servers as in `web1` and `web/web1`, or whole virtual services. With
 * `window`, also those of the maintenance window that has this name now. Or whatever is wrong in an
 * incident, what a silence would cover, and what the silence of that id covers now.
 */
export type Touched =
  | { readonly targets: readonly string[]; readonly window?: string }
  | { readonly services: readonly string[] }
  | { readonly incident: number }
  | { readonly match: CauseMatch }
  | { readonly silence: string }

/**
 * Where a verb stands in the HTTP API, who may use it, and what of it is written down. A GET
 * carries its request as query parameters, a POST as JSON.
 */
export interface ApiRoute<Request, Response> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** How long the answer may take, in milliseconds. */
  readonly timeoutMs: number
  /** One line for people: what it is good for. */
  readonly summary: string
  /** The least role that may ask; `anyone` needs no log-in at all. */
  readonly role: Role | 'anyone'
  /** It changes something, so that it goes into the audit log, done or refused. */
  readonly changes: boolean
  /** Everything that an operator of some services only must have been granted; absent: all. */
  readonly touches?: (request: Request) => Touched
  /** The key that says who asks. The console writes it, whatever a client over HTTPS says. */
  readonly signed?: keyof Request & string
  /** The key that says why, for the audit log. */
  readonly reason?: keyof Request & string
  /** How much a request may weigh, where the usual 64 KiB are too little. */
  readonly maxBodyBytes?: number
  /** What was before and what is after, for the audit log; else the whole answer is after. */
  readonly effect?: (response: Response) => { readonly before?: unknown; readonly after?: unknown }
}

/** A route for each of these verbs: one without does not compile. */
export type RoutesOf<
  Verbs extends Record<string, { requestSchema: unknown; responseSchema: unknown }>,
> = {
  readonly [V in keyof Verbs]: ApiRoute<
    Verbs[V]['requestSchema'] extends z.ZodType<infer Request> ? Request : never,
    Verbs[V]['responseSchema'] extends z.ZodType<infer Response> ? Response : never
  >
}

const TIMEOUT_MS = 5000

/** Changes nothing; everybody who may log in may ask. */
export const question = {
  method: 'GET',
  timeoutMs: TIMEOUT_MS,
  role: 'viewer',
  changes: false,
} as const
/** Changes something, so it is an operator's. */
export const order = {
  method: 'POST',
  timeoutMs: TIMEOUT_MS,
  role: 'operator',
  changes: true,
} as const
