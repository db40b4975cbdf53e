import { ErrorCode, NatsError } from 'nats'
import { ServiceError } from '../../runtime/service-error.ts'

/** Turns what the client library threw into the port's words; `what` begins the sentence. */
export function natsTrouble(error: unknown, what: string): ServiceError {
  if (error instanceof ServiceError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const [code, message, retryable] = describe(error, reason)
  return new ServiceError(code, `${what}: ${message}`, { cause: error, retryable })
}

/** No connection: said at once, not after the time that an answer may take. */
export function disconnectedError(what: string): ServiceError {
  return new ServiceError('bus.disconnected', `${what}: NATS is away`, { retryable: true })
}

/** The bus was closed by its owner. */
export function closedError(): ServiceError {
  return new ServiceError('bus.closed', 'the bus is closed')
}

/** Whether the server refused who we say we are. */
export function isLoginRefused(error: unknown): error is NatsError {
  return error instanceof NatsError && (error.isAuthError() || error.isAuthTimeout())
}

function describe(error: unknown, reason: string): readonly [string, string, boolean] {
  if (!(error instanceof NatsError)) return ['bus.failed', reason, true]
  switch (error.code) {
    case ErrorCode.NoResponders:
      return ['bus.no-responder', 'nobody answers', true]
    case ErrorCode.Timeout:
      return ['bus.timeout', 'no answer in time', true]
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
      return ['bus.closed', 'the bus is closed', false]
    case ErrorCode.Disconnect:
    case ErrorCode.ConnectionRefused:
      return ['bus.disconnected', 'NATS is away', true]
    case ErrorCode.PermissionsViolation:
      return ['bus.forbidden', `NATS forbids it (${reason})`, false]
    case ErrorCode.MaxPayloadExceeded:
      return ['bus.too-large', 'more bytes than NATS takes in a message', false]
    default:
      return ['bus.failed', reason, true]
  }
}
