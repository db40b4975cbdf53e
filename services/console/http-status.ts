/** Codes that an operator meets, as HTTP statuses (RFC 9110 section 15). */
const STATUSES = {
  'api.bad-request': 400,
  'api.unauthenticated': 401,
  'api.forbidden': 403,
  'api.cross-site': 403,
  'api.unknown-route': 404,
  'api.unknown-target': 404,
  'api.too-large': 413,
  'api.too-many': 429,
  'api.busy': 503,
  'audit.unwritable': 503,
  'bus.conflict': 409,
  'bus.no-responder': 503,
  'bus.closed': 503,
  'bus.timeout': 504,
  'wire.invalid': 502,
  'wire.version': 502,
} as const satisfies Readonly<Record<string, number>>

/** A status of an error. */
export type ErrorStatus = (typeof STATUSES)[keyof typeof STATUSES] | 500

/** The HTTP status of a `ServiceError`'s code; whatever else the daemon refuses is a conflict. */
export function httpStatus(code: string): ErrorStatus {
  if (Object.hasOwn(STATUSES, code)) return STATUSES[code as keyof typeof STATUSES]
  return code.startsWith('api.') ? 409 : 500
}
