import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Bus, KeyValue } from '../../shared/ports/bus.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import {
  type TokenRecord,
  tokenMessage,
  type UserRecord,
  userMessage,
} from '../../shared/wire/access-message.ts'
import type { MessageCodec } from '../../shared/wire/message.ts'
import { bucketName } from '../../shared/wire/subjects.ts'

/** Users and tokens: kept in a bucket, read from memory. */
export interface AccessBook {
  user(name: string): UserRecord | undefined
  users(): readonly UserRecord[]
  token(id: string): TokenRecord | undefined
  tokens(): readonly TokenRecord[]
  /** The record of a token that somebody shows, expired or not. */
  findToken(secret: string): TokenRecord | undefined
  /**
   * Writes what `change` makes of the stored user; twice or more when somebody else was faster.
   * Throws what `change` throws.
   */
  changeUser(name: string, change: (present: UserRecord | undefined) => UserRecord): Promise<void>
  removeUser(name: string): Promise<void>
  /** Makes a token and returns it, this once. */
  addToken(token: Omit<TokenRecord, 'id' | 'hash'>): Promise<{ secret: string; id: string }>
  removeToken(id: string): Promise<void>
  close(): void
}

/** What finds a leaked token in a text. */
export const TOKEN_PREFIX = 'lvsw_'
const TOKEN_BYTES = 32
const ID_CHARACTERS = 16
const MAX_TRIES = 5

/** Opens the bucket `<cluster>-users` and follows it. */
export async function openAccessBook(
  cluster: string,
  { bus, logger }: { readonly bus: Bus; readonly logger: Logger },
): Promise<AccessBook> {
  const bucket = await bus.keyValue(bucketName(cluster, 'users'))
  const users = createShelf(bucket, 'user.', userMessage, logger)
  const tokens = createShelf(bucket, 'token.', tokenMessage, logger)
  for (const entry of await bucket.entries()) {
    users.take(entry)
    tokens.take(entry)
  }
  const unwatch = bucket.watch((entry) => {
    users.take(entry)
    tokens.take(entry)
  })
  return {
    user: users.get,
    users: users.all,
    token: tokens.get,
    tokens: tokens.all,
    findToken(secret) {
      const hash = sha256(secret)
      const found = tokens.get(hash.toString('hex').slice(0, ID_CHARACTERS))
      if (found === undefined) return undefined
      const stored = Buffer.from(found.hash, 'base64')
      return stored.length === hash.length && timingSafeEqual(stored, hash) ? found : undefined
    },
    changeUser: users.change,
    removeUser: users.remove,
    async addToken(token) {
      const secret = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
      const hash = sha256(secret)
      const id = hash.toString('hex').slice(0, ID_CHARACTERS)
      await tokens.change(id, () => ({ ...token, id, hash: hash.toString('base64') }))
      return { secret, id }
    },
    removeToken: tokens.remove,
    close: unwatch,
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

type Entry = Parameters<Parameters<KeyValue['watch']>[0]>[0]

/** One kind of record of a bucket. An entry that cannot be read counts as absent and is logged. */
function createShelf<T>(bucket: KeyValue, prefix: string, codec: MessageCodec<T>, logger: Logger) {
  const records = new Map<string, { readonly revision: number; readonly record?: T }>()

  function take({ key, revision, value }: Entry): void {
    const name = key.slice(prefix.length)
    if (!key.startsWith(prefix) || revision <= (records.get(name)?.revision ?? 0)) return
    try {
      const record = value === undefined ? {} : { record: codec.decode(value) }
      records.set(name, { revision, ...record })
    } catch (error) {
      records.set(name, { revision })
      logger.error({ error, key }, 'an entry of the users cannot be read')
    }
  }

  async function change(name: string, how: (present: T | undefined) => T): Promise<void> {
    const key = prefix + name
    for (let left = MAX_TRIES; ; left--) {
      const stored = await bucket.get(key)
      const next = how(stored === undefined ? undefined : codec.decode(stored.value))
      const value = codec.encode(next)
      try {
        const revision = await bucket.put(key, value, stored?.revision ?? 0)
        take({ key, revision, value })
        return
      } catch (error) {
        const isRace = error instanceof ServiceError && error.code === 'bus.conflict'
        if (!isRace || left <= 1) throw error
      }
    }
  }

  return {
    take,
    change,
    get: (name: string) => records.get(name)?.record,
    all: () => [...records.values()].flatMap(({ record }) => (record ? [record] : [])),
    /** The watch brings the revision of the end; until then what is known ends here. */
    async remove(name: string): Promise<void> {
      await bucket.delete(prefix + name)
      const known = records.get(name)
      if (known !== undefined) records.set(name, { revision: known.revision })
    },
  }
}
