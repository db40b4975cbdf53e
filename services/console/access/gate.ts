import { grantsService, includesRole, type Role } from '../../shared/domain/access.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { Touched } from '../../shared/wire/api-route.ts'
import type { AccessBook } from './access-book.ts'
import { type Caller, callerOf } from './caller.ts'
import type { Directory } from './directory.ts'
import { touchedServices } from './touched-services.ts'

/** Who comes in, and who may do what. */
export interface Gate {
  /** Who shows this `Authorization` header; throws `api.unauthenticated`. */
  identify(authorization: string | undefined, address: string): Caller
  /** Throws `api.forbidden` when the caller's role is not enough. */
  allowRole(caller: Caller, needed: Role): void
  /**
   * Throws `api.forbidden` when an order concerns more services than the caller was granted;
   * without `touched` it concerns all of them.
   */
  allowTouched(caller: Caller, touched: Touched | undefined): Promise<void>
  /** The same caller as it is now; undefined when its token or user is gone or weaker. */
  recheck(caller: Caller): Caller | undefined
}

/** Bearer tokens (RFC 6750) of users in the book. */
export function createGate(
  book: AccessBook,
  clock: Pick<Clock, 'now'>,
  directory: Directory,
): Gate {
  function find(secret: string, address: string): Caller | undefined {
    const token = book.findToken(secret)
    if (token === undefined || token.expiresAt <= clock.now()) return undefined
    const user = book.user(token.user)
    return user === undefined ? undefined : callerOf(user, token, address)
  }

  return {
    identify(authorization, address) {
      const secret = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1]
      const caller = secret === undefined ? undefined : find(secret, address)
      if (caller !== undefined) return caller
      const what =
        authorization === undefined
          ? 'log in first: lvsctl login --server URL'
          : 'the token is not valid, or not any more: lvsctl login --server URL'
      throw new ServiceError('api.unauthenticated', what)
    },
    allowRole({ name, role }, needed) {
      if (includesRole(role, needed)) return
      throw new ServiceError('api.forbidden', `${name} is ${role}, and this takes ${needed}`)
    },
    async allowTouched({ name, services }, touched) {
      if (services === undefined || services.includes('*')) return
      const concerned = touched ? await touchedServices(directory, touched) : 'everything'
      if (concerned === 'everything') {
        const message = `${name} may give orders to ${services.join(', ')}, and this concerns more`
        throw new ServiceError('api.forbidden', message)
      }
      const others = concerned.filter((each) => !grantsService(services, each))
      if (others.length === 0) return
      const all = [...new Set(others)].join(', ')
      const message = `${name} may give orders to ${services.join(', ')}, and not to ${all}`
      throw new ServiceError('api.forbidden', message)
    },
    recheck(caller) {
      if (caller.token === undefined) return caller
      const token = book.token(caller.token.id)
      if (token === undefined || token.expiresAt <= clock.now()) return undefined
      const user = book.user(token.user)
      return user === undefined ? undefined : callerOf(user, token, caller.address ?? '')
    },
  }
}
