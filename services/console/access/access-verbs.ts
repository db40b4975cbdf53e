import { grantsAllOf, includesRole, type Role } from '../../shared/domain/access.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { isoTime } from '../../shared/runtime/iso-time.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { AccessVerb, accessApi, TokenInfo, UserInfo } from '../../shared/wire/access-api.ts'
import type { TokenRecord, UserRecord } from '../../shared/wire/access-message.ts'
import type { AuditLog } from '../audit-log.ts'
import type { AccessBook } from './access-book.ts'
import { type Caller, callerOf } from './caller.ts'
import type { Login } from './login.ts'
import type { Passwords } from './passwords.ts'

type RequestOf<V extends AccessVerb> = ReturnType<(typeof accessApi)[V]['requestSchema']['parse']>
type ResponseOf<V extends AccessVerb> = ReturnType<(typeof accessApi)[V]['responseSchema']['parse']>

/** Verbs of browsers' log-ins, which deal with cookies and have a place of their own. */
export type SessionVerb = 'sessionOpen' | 'setup' | 'session' | 'logoutEverywhere'

/** What each verb that the console answers itself does; one without does not compile. */
export type AccessVerbs = {
  readonly [V in Exclude<AccessVerb, 'login' | SessionVerb>]: (
    request: RequestOf<V>,
    caller: Caller,
  ) => Promise<ResponseOf<V>>
} & {
  /** Nobody is known yet, only where the request came from. */
  login(request: RequestOf<'login'>, from: string): Promise<ResponseOf<'login'>>
}

/** What the verbs stand on. */
export interface AccessPorts {
  readonly book: AccessBook
  readonly passwords: Passwords
  readonly login: Login
  readonly audit: AuditLog
  readonly clock: Clock
}

/** A working day and the drive home. */
const LOGIN_MS = 12 * 3_600_000
const MAX_TOKENS_OF_A_USER = 100

/** Users, tokens and the audit log. A caller has been let in by its role already. */
export function createAccessVerbs(ports: AccessPorts): AccessVerbs {
  const { book, passwords, audit, clock } = ports
  return {
    ...userVerbs(ports),
    ...tokenVerbs(ports),
    async login({ user, password, forMs = LOGIN_MS }, from) {
      const subject = { by: user, from, verb: 'login', request: { user, forMs } }
      const found = await ports.login.enter(user, password, from).catch(async (error) => {
        if (error instanceof ServiceError) await audit.refused(subject, error)
        throw error
      })
      return audit.record(
        { ...subject, role: found.role },
        () => newToken(ports, found, { name: `login from ${from}`, kind: 'login', forMs }),
        ({ id, expiresAt }) => ({ after: { id, expiresAt } }),
      )
    },
    async logout(_, { token }) {
      if (token === undefined) return { revoked: false }
      await book.removeToken(token.id)
      return { revoked: true }
    },
    async whoami(_, { name, role, services, via, from, token }) {
      return {
        ...{ name, role, via, from },
        ...(services && { services: [...services] }),
        ...(token && { expiresAt: isoTime(token.expiresAt) }),
      }
    },
    async usersPasswd({ name, password, oldPassword }, caller) {
      needAdminUnless(caller.name === name, caller)
      if (caller.via === 'token' && caller.name === name) {
        await ports.login.enter(name, oldPassword ?? '', caller.address ?? '')
      }
      const hash = await passwords.hash(password)
      await book.changeUser(name, (present) => ({ ...known(present, name), password: hash }))
      const isStale = ({ kind, id }: TokenRecord) => kind === 'login' && id !== caller.token?.id
      return { changed: name, revokedTokens: await revokeAll(book, name, isStale) }
    },
    async audit({ limit, since, user }) {
      const filter = {
        limit,
        ...(since !== undefined && { since }),
        ...(user !== undefined && { user }),
      }
      return { entries: [...(await audit.read(filter))] }
    },
    async usersAdd({ name, role, services, password }) {
      const hash = password === undefined ? undefined : await passwords.hash(password)
      const user: UserRecord = {
        ...{ name, role, createdAt: clock.now() },
        ...(services && { services }),
        ...(hash && { password: hash }),
      }
      await book.changeUser(name, (present) => {
        if (present === undefined) return user
        throw refused(`there is a user ${name} already: lvsctl users grant gives another role`)
      })
      return { user: userInfo(user) }
    },
  }
}

function userVerbs({
  book,
}: AccessPorts): Pick<AccessVerbs, 'usersList' | 'usersRemove' | 'usersGrant'> {
  return {
    async usersList() {
      return { users: book.users().map(userInfo).sort(byName) }
    },
    async usersRemove({ name }) {
      known(book.user(name), name)
      await book.removeUser(name)
      return { removed: name, revokedTokens: await revokeAll(book, name, () => true) }
    },
    async usersGrant({ name, role, services }) {
      const after = { role, ...(services && { services }) }
      let before: { role: Role; services?: string[] } = after
      await book.changeUser(name, (present) => {
        const { services: old, ...user } = known(present, name)
        before = { role: user.role, ...(old && { services: old }) }
        return { ...user, ...after }
      })
      return { before, after }
    },
  }
}

function tokenVerbs(
  ports: AccessPorts,
): Pick<AccessVerbs, 'tokensList' | 'tokensCreate' | 'tokensRevoke'> {
  const { book, clock } = ports
  const seen = (token: TokenRecord, caller: Caller) =>
    token.user === caller.name || includesRole(caller.role, 'admin')
  return {
    async tokensList(_, caller) {
      const tokens = book.tokens().filter((token) => seen(token, caller))
      const alive = tokens.filter(({ expiresAt }) => expiresAt > clock.now())
      return { tokens: alive.map((token) => tokenInfo(book, token)).sort(byName) }
    },
    async tokensCreate({ name, user: owner = '', role, services, forMs }, caller) {
      const user = known(book.user(owner || caller.name), owner || caller.name)
      needAdminUnless(user.name === caller.name, caller)
      const narrow = { ...(role && { role }), ...(services && { services }) }
      const wanted = { name, kind: 'api', forMs, ...narrow } as const
      // A narrow token must not make a wide one of the same user.
      const token = role === undefined ? { ...wanted, role: least(caller, user) } : wanted
      const isWider = !includesRole(caller.role, token.role ?? user.role)
      if (isWider || !grantsAllOf(caller.services, services ?? user.services)) {
        throw new ServiceError('api.forbidden', 'a token may do no more than who makes it')
      }
      return newToken(ports, user, token)
    },
    async tokensRevoke({ id }, caller) {
      const token = book.token(id)
      if (token === undefined || !seen(token, caller)) {
        const message = `no token has the id ${id}: lvsctl tokens list shows them`
        throw new ServiceError('api.unknown-target', message)
      }
      const revoked = tokenInfo(book, token)
      await book.removeToken(id)
      return { revoked }
    },
  }
}

interface TokenWish {
  readonly name: string
  readonly kind: TokenRecord['kind']
  readonly forMs: number
  readonly role?: Role
  readonly services?: string[]
}

async function newToken({ book, clock }: AccessPorts, user: UserRecord, wish: TokenWish) {
  const { forMs, ...rest } = wish
  const now = clock.now()
  const own = book.tokens().filter((token) => token.user === user.name)
  const expired = own.filter(({ expiresAt }) => expiresAt <= now)
  for (const { id } of expired) await book.removeToken(id)
  if (own.length - expired.length >= MAX_TOKENS_OF_A_USER) {
    throw refused(`${user.name} has ${MAX_TOKENS_OF_A_USER} tokens: revoke some first`)
  }
  const expiresAt = now + forMs
  const token = { ...rest, user: user.name, createdAt: now, expiresAt }
  const { secret, id } = await book.addToken(token)
  const { role } = callerOf(user, { ...token, id, hash: '' }, '')
  return { token: secret, id, user: user.name, role, expiresAt: isoTime(expiresAt) }
}

async function revokeAll(
  book: AccessBook,
  user: string,
  which: (token: TokenRecord) => boolean,
): Promise<number> {
  const tokens = book.tokens().filter((token) => token.user === user && which(token))
  for (const { id } of tokens) await book.removeToken(id)
  return tokens.length
}

/** The role of a token that asks for none: the user's, or the caller's where that is less. */
function least(caller: Caller, user: UserRecord): Role {
  return includesRole(caller.role, user.role) ? user.role : caller.role
}

function known(user: UserRecord | undefined, name: string): UserRecord {
  if (user !== undefined) return user
  throw new ServiceError('api.unknown-target', `there is no user ${name}`)
}

function needAdminUnless(isOwn: boolean, { name, role }: Caller): void {
  if (isOwn || includesRole(role, 'admin')) return
  throw new ServiceError('api.forbidden', `${name} is ${role}, and for others this takes admin`)
}

function userInfo({ name, role, services, password, createdAt }: UserRecord): UserInfo {
  const hasPassword = password !== undefined
  return { name, role, ...(services && { services }), hasPassword, createdAt: isoTime(createdAt) }
}

function tokenInfo(book: AccessBook, token: TokenRecord): TokenInfo {
  const { id, name, user, kind, createdAt, expiresAt } = token
  const owner = book.user(user) ?? { name: user, role: 'viewer', createdAt: 0 }
  const { role, services } = callerOf(owner, token, '')
  const times = { createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) }
  return { id, name, user, role, ...(services && { services: [...services] }), kind, ...times }
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : Number(one.name > other.name)
}

function refused(message: string): ServiceError {
  return new ServiceError('api.refused', message)
}
