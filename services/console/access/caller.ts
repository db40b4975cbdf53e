import { grantsAllOf, lesserRole, type Role } from '../../shared/domain/access.ts'
import type { TokenRecord, UserRecord } from '../../shared/wire/access-message.ts'

/** Who asks, as far as the console could find out. */
export interface Caller {
  readonly name: string
  readonly role: Role
  /** Orders to these virtual services only; absent: to all. */
  readonly services?: readonly string[]
  /** By which door: the local socket is for its owner and root, who may do everything. */
  readonly via: 'socket' | 'token'
  /** Where from, for the audit log. */
  readonly from: string
  /** Of the network; absent on the local socket. */
  readonly address?: string
  readonly token?: TokenRecord
}

/** What a token lets its user do: no more than either of them. */
export function callerOf(user: UserRecord, token: TokenRecord, address: string): Caller {
  const services = narrower(user.services, token.services)
  return {
    name: user.name,
    role: token.role === undefined ? user.role : lesserRole(user.role, token.role),
    ...(services !== undefined && { services }),
    via: 'token',
    from: `${address}, token ${token.id} (${token.name})`,
    address,
    token,
  }
}

/** A grant that was narrowed after the token was made narrows the token as well. */
function narrower(
  user: readonly string[] | undefined,
  token: readonly string[] | undefined,
): readonly string[] | undefined {
  if (token === undefined) return user
  return token.filter((pattern) => grantsAllOf(user, [pattern]))
}
