import { z } from 'zod'
import { ROLES } from '../domain/access.ts'
import { defineMessage } from './message.ts'

/** What scrypt made of a password (RFC 7914), with all that is needed to do it again. */
const passwordHashSchema = z.object({
  kind: z.literal('scrypt'),
  logN: z.int().min(1).max(20),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(16),
  salt: z.base64(),
  hash: z.base64(),
})
export type PasswordHash = z.infer<typeof passwordHashSchema>

const userRecordSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  services: z.array(z.string()).exactOptional(),
  password: passwordHashSchema.exactOptional(),
  /** Milliseconds since the epoch, as everywhere in a bucket. */
  createdAt: z.number(),
})
export type UserRecord = z.infer<typeof userRecordSchema>

const tokenRecordSchema = z.object({
  id: z.string(),
  /** SHA-256 of the token, base64; the token itself is kept nowhere. */
  hash: z.base64(),
  name: z.string(),
  user: z.string(),
  role: z.enum(ROLES).exactOptional(),
  services: z.array(z.string()).exactOptional(),
  kind: z.enum(['login', 'api']),
  createdAt: z.number(),
  expiresAt: z.number(),
})
export type TokenRecord = z.infer<typeof tokenRecordSchema>

/** `user.<name>` in the bucket `<cluster>-users`. */
export const userMessage = defineMessage<UserRecord>('user', 1, userRecordSchema)

/** `token.<id>` in the bucket `<cluster>-users`. */
export const tokenMessage = defineMessage<TokenRecord>('token', 1, tokenRecordSchema)
