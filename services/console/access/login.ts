import type { Clock } from '../../shared/ports/clock.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { UserRecord } from '../../shared/wire/access-message.ts'
import { createRateLimiter, type RateLimit } from '../core/rate-limiter.ts'
import type { AccessBook } from './access-book.ts'
import type { Passwords } from './passwords.ts'

/** The door that asks for a password. */
export interface Login {
  /**
   * The user of that name, if it is the password. Throws `api.unauthenticated`, in the same words
   * and time whether or not there is such a user, and `api.too-many` (retryable) before anything is
   * compared when the name or the address has been wrong too often.
   */
  enter(name: string, password: string, address: string): Promise<UserRecord>
}

/** Ten in a row, then one each half minute: a million years for eight random letters. */
const OF_A_NAME: RateLimit = { burst: 10, refillMs: 30_000, maxKeys: 10_000 }
/** Colleagues behind one address translator have a share each. */
const OF_AN_ADDRESS: RateLimit = { burst: 30, refillMs: 10_000, maxKeys: 10_000 }

/** Counts attempts by name and by address, in bounded memory. */
export function createLogin(
  book: Pick<AccessBook, 'user'>,
  passwords: Passwords,
  clock: Pick<Clock, 'monotonic'>,
): Login {
  const names = createRateLimiter(OF_A_NAME)
  const addresses = createRateLimiter(OF_AN_ADDRESS)
  return {
    async enter(name, password, address) {
      const network = networkOf(address)
      refuseIfMany(addresses.take(network, clock.monotonic()))
      const wait = names.take(name, clock.monotonic())
      refuseIfMany(wait)
      const user = book.user(name)
      if (!(await passwords.verify(password, user?.password)) || user === undefined) {
        throw new ServiceError('api.unauthenticated', 'the name or the password is wrong')
      }
      names.giveBack(name)
      addresses.giveBack(network)
      return user
    },
  }
}

function refuseIfMany(waitMs: number): void {
  if (waitMs === 0) return
  const seconds = Math.ceil(waitMs / 1000)
  throw new ServiceError('api.too-many', `too many log-ins: try again in ${seconds} s`, {
    retryable: true,
  })
}

/** Whoever has one address of IPv6 has 2^64 of them (RFC 4291 section 2.5.4). */
function networkOf(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const left = head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = tail === undefined ? left : [...left, ...zeros, ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}
