import type { Clock } from '../../shared/ports/clock.ts'
import { isoTime } from '../../shared/runtime/iso-time.ts'
import type { NewToken, Session } from '../../shared/wire/access-api.ts'
import type { TokenRecord } from '../../shared/wire/access-message.ts'
import type { AccessBook } from '../access/access-book.ts'
import type { AccessVerbs } from '../access/access-verbs.ts'
import type { Caller } from '../access/caller.ts'
import type { AuditLog } from '../audit-log.ts'
import { csrfProof } from './session-cookie.ts'
import type { Setup } from './setup.ts'

/** A session that has just begun, and what goes into its cookie. */
export interface Opened {
  readonly session: Session
  readonly secret: string
  readonly maxAgeS: number
}

/** Log-ins of browsers. */
export interface SessionVerbs {
  open(request: { user: string; password: string }, from: string): Promise<Opened>
  /** The first administrator, logged in; throws `api.forbidden`. */
  setUp(request: SetupRequest, from: string): Promise<Opened>
  describe(caller: Caller): Session
  /** Ends every log-in of the caller's, this one too; tokens of programs stay. */
  endAll(caller: Caller): Promise<{ revokedTokens: number }>
}

interface SetupRequest {
  readonly secret: string
  readonly name: string
  readonly password: string
}

interface SessionPorts {
  readonly cluster: string
  readonly book: AccessBook
  readonly audit: AuditLog
  readonly clock: Clock
  readonly setup: Setup
  readonly verbs: Pick<AccessVerbs, 'login' | 'usersAdd'>
}

/** Sessions are tokens of kind `login`: they end where and when those do. */
export function createSessionVerbs(ports: SessionPorts): SessionVerbs {
  const { cluster, book, audit, clock, setup, verbs } = ports

  function opened({ id, user: name, role, token: secret, expiresAt }: NewToken): Opened {
    const token = book.token(id)
    const services = book.user(name)?.services
    const session = {
      ...{ cluster, name, role, expiresAt },
      ...(services && { services: [...services] }),
      ...(token && { csrf: csrfProof(token) }),
    }
    return { session, secret, maxAgeS: Math.floor((Date.parse(expiresAt) - clock.now()) / 1000) }
  }

  return {
    async open(request, from) {
      return opened(await verbs.login(request, from))
    },
    async setUp({ secret, name, password }, from) {
      await setup.use(secret, () => {
        const subject = { by: name, role: 'admin', from, verb: 'setup', request: { name } } as const
        const first: Caller = { name, role: 'admin', via: 'token', from }
        const add = () => verbs.usersAdd({ name, role: 'admin', password }, first)
        return audit.record(subject, add, ({ user }) => ({ after: { user } }))
      })
      return opened(await verbs.login({ user: name, password }, from))
    },
    describe({ name, role, services, token }) {
      return {
        ...{ cluster, name, role },
        ...(services && { services: [...services] }),
        ...(token && { expiresAt: isoTime(token.expiresAt), csrf: csrfProof(token) }),
      }
    },
    async endAll({ name }) {
      const own = book.tokens().filter((token) => isLogin(token, name))
      for (const { id } of own) await book.removeToken(id)
      return { revokedTokens: own.length }
    },
  }
}

function isLogin({ user, kind }: TokenRecord, name: string): boolean {
  return user === name && kind === 'login'
}
