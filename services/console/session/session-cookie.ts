import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { CSRF_HEADER } from '../../shared/wire/access-api.ts'
import type { TokenRecord } from '../../shared/wire/access-message.ts'

/** A browser's log-in: a token in a cookie that no script can read. */
export interface SessionCookie {
  /** The token of the cookie that came; undefined without one. */
  read(context: Context): string | undefined
  /** Gives the browser a token until `maxAgeS` seconds from now. */
  give(context: Context, secret: string, maxAgeS: number): void
  take(context: Context): void
}

const READING = new Set(['GET', 'HEAD'])

/**
 * `__Host-` binds the cookie to this host, `/` and TLS (RFC 6265bis section 4.1.3.2); browsers do
 * not tell ports apart, so the cluster is in its name.
 */
export function createSessionCookie(cluster: string): SessionCookie {
  const name = `lvs-warden-${cluster}`
  return {
    read: (context) => getCookie(context, name, 'host'),
    give(context, secret, maxAge) {
      const flags = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const
      setCookie(context, name, secret, { prefix: 'host', maxAge, ...flags })
    },
    take: (context) => void deleteCookie(context, `__Host-${name}`, { path: '/', secure: true }),
  }
}

/** What proves that an order comes from our own page: only that can read it from an answer. */
export function csrfProof({ hash }: Pick<TokenRecord, 'hash'>): string {
  return createHmac('sha256', Buffer.from(hash, 'base64')).update('csrf').digest('base64url')
}

/**
 * Throws `api.cross-site` when a request that a cookie vouches for may have been sent by another
 * site's page: one that changes something without the proof, or one that the browser itself says
 * is from elsewhere (Fetch Metadata).
 */
export function refuseCrossSite(context: Context, token: TokenRecord | undefined): void {
  refuseOtherSites(context)
  if (token === undefined || READING.has(context.req.method)) return
  const given = Buffer.from(context.req.header(CSRF_HEADER) ?? '')
  const wanted = Buffer.from(csrfProof(token))
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw new ServiceError('api.cross-site', `an order by cookie needs the header ${CSRF_HEADER}`)
}

/** Throws `api.cross-site` for what a browser sends on behalf of another site. */
export function refuseOtherSites(context: Context): void {
  const site = context.req.header('sec-fetch-site')
  if (site === undefined || site === 'same-origin' || site === 'none') return
  throw new ServiceError('api.cross-site', 'the request comes from a page of another site')
}
