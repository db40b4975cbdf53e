/**
 * Where the console's own page finds the verbs; a test compares them with the table of routes,
 * which would bring all schemas into the bundle.
 */
export const PATHS = {
  sessionOpen: ['POST', '/v1/session'],
  session: ['GET', '/v1/session'],
  setup: ['POST', '/v1/setup'],
  logout: ['POST', '/v1/logout'],
  logoutEverywhere: ['POST', '/v1/logout/everywhere'],
  why: ['GET', '/v1/why'],
  history: ['GET', '/v1/history'],
  check: ['POST', '/v1/check'],
} as const

/** The header that proves an order to be our own. */
export const CSRF_HEADER = 'x-lvs-warden-csrf'

/** Server-sent events. */
export const STREAM_PATH = '/v1/stream'
