import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino'

/** How much is said; `silent` says nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** What else there is to say about an event, as fields for machines. */
export type LogFields = Readonly<Record<string, unknown>>

/** One line an event: fields first, then a short sentence that is the same each time. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** The same log, with these fields in each line. */
  child(fields: LogFields): Logger
}

/** What a log is made of. */
export interface LoggerOptions {
  /** `info` by default. */
  readonly level?: LogLevel
  /** Lines for people in place of JSON. */
  readonly pretty?: boolean
  /** Standard output by default. */
  readonly stream?: DestinationStream
}

/** Keys whose values are never written, on the first three levels. */
const SECRET_KEYS = ['password', 'secret', 'token', 'authorization', 'cookie', 'Authorization']
const CAUSES_SHOWN = 4

/** Makes the log of a process: one JSON line an event on standard output. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const target = options.stream ?? destination({ fd: 1, sync: true })
  const stream = options.pretty === true ? prettyStream(target) : target
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '***',
      },
    },
    stream,
  )
}

/** A log that says nothing, for tests and for callers without one. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}

/**
 * Name, code and message of an error and of its causes; never its other properties, which may hold
 * secrets.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const cause =
    error.cause !== undefined && depth < CAUSES_SHOWN
      ? { cause: describeError(error.cause, depth + 1) }
      : {}
  const stack = code.code === undefined && depth === 0 ? { stack: error.stack } : {}
  return { name: error.name, ...code, message: error.message, ...cause, ...stack }
}

/** `12:00:01.000 warn  the director refused a change  service=web code=EPERM`. */
function prettyStream(target: DestinationStream): DestinationStream {
  return {
    write(line) {
      const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
      const rest = Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`)
      const clock = String(time).slice(11, 23)
      target.write(`${[clock, String(level).padEnd(5), String(msg), '', ...rest].join(' ')}\n`)
    },
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)
}
