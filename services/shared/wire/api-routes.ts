import type { Verb } from './api.ts'

/**
 * Where a verb stands in the HTTP API. A GET carries its request as query parameters, a POST as
 * JSON.
 */
export interface ApiRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** How long the answer may take on the bus, in milliseconds. */
  readonly timeoutMs: number
}

/** A check may take its whole timeout, and a real server may have several. */
const CHECK_TIMEOUT_MS = 120_000
/** A reload may look names up. */
const RELOAD_TIMEOUT_MS = 30_000
const TIMEOUT_MS = 5000

/** The HTTP API, a route a verb; console and client both stand on it. */
export const API_ROUTES: Readonly<Record<Verb, ApiRoute>> = {
  status: { method: 'GET', path: '/v1/status', timeoutMs: TIMEOUT_MS },
  why: { method: 'GET', path: '/v1/why', timeoutMs: TIMEOUT_MS },
  events: { method: 'GET', path: '/v1/events', timeoutMs: TIMEOUT_MS },
  drain: { method: 'POST', path: '/v1/drain', timeoutMs: TIMEOUT_MS },
  maintenance: { method: 'POST', path: '/v1/maintenance', timeoutMs: TIMEOUT_MS },
  enable: { method: 'POST', path: '/v1/enable', timeoutMs: TIMEOUT_MS },
  check: { method: 'POST', path: '/v1/check', timeoutMs: CHECK_TIMEOUT_MS },
  push: { method: 'POST', path: '/v1/push', timeoutMs: TIMEOUT_MS },
  reload: { method: 'POST', path: '/v1/reload', timeoutMs: RELOAD_TIMEOUT_MS },
}
