/**
 * An operating error: something outside us is not as it should be. Matched by `code`, never by
 * text.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: string
  /** Trying again later may help. */
  readonly retryable: boolean

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
