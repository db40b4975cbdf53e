import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { AccessBook } from '../access/access-book.ts'

/** How the first administrator comes in, by a secret that is shown once. */
export interface Setup {
  /** The secret to show; undefined when there is a user already. */
  offer(): string | undefined
  /**
   * Makes the first user. Throws `api.forbidden` when it is not the secret, or there is a user.
   * A secret opens once; work that fails leaves it good.
   */
  use<Result>(secret: string, work: () => Promise<Result>): Promise<Result>
}

const SECRET_BYTES = 24

/** The secret lives in memory only: a restart without users makes another. */
export function createSetup(book: Pick<AccessBook, 'users'>): Setup {
  let wanted: Buffer | undefined
  return {
    offer() {
      if (book.users().length > 0) return undefined
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      wanted = sha256(secret)
      return secret
    },
    async use(secret, work) {
      const kept = wanted
      const isRight = kept !== undefined && timingSafeEqual(kept, sha256(secret))
      if (!isRight || book.users().length > 0) {
        const message = 'the set-up link is not valid any more: ask an administrator for a log-in'
        throw new ServiceError('api.forbidden', message)
      }
      wanted = undefined
      try {
        return await work()
      } catch (error) {
        wanted = kept
        throw error
      }
    },
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
