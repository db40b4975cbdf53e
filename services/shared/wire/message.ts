import type { z } from 'zod'
import { ServiceError } from '../runtime/service-error.ts'

/** How one kind of message is written and read. */
export interface MessageCodec<T> {
  encode(value: T): Uint8Array
  /**
   * Throws a `ServiceError` `wire.invalid`, or `wire.version` for a version that we do not speak.
   */
  decode(bytes: Uint8Array): T
}

const writer = new TextEncoder()
const reader = new TextDecoder()

/** JSON with a version in front: `{"v":1,"body":…}`. The schema is checked on receipt. */
export function defineMessage<T>(
  name: string,
  version: number,
  schema: z.ZodType<T>,
): MessageCodec<T> {
  return {
    encode(value) {
      return writer.encode(`{"v":${version},"body":${JSON.stringify(value)}}`)
    },
    decode(bytes) {
      const message = parse(name, bytes)
      if (message.v !== version) {
        const got = JSON.stringify(message.v) ?? 'none'
        throw new ServiceError('wire.version', `${name}: want version ${version}, got ${got}`)
      }
      const result = schema.safeParse(message.body)
      if (result.success) return result.data
      const issue = result.error.issues[0]
      const where = issue?.path.join('.') ?? ''
      throw new ServiceError('wire.invalid', `${name}: ${where}: ${issue?.message ?? 'invalid'}`)
    },
  }
}

function parse(name: string, bytes: Uint8Array): { v?: unknown; body?: unknown } {
  try {
    const value: unknown = JSON.parse(reader.decode(bytes))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Falls through: not JSON is as wrong as the wrong JSON.
  }
  throw new ServiceError('wire.invalid', `${name}: not a JSON object`)
}
