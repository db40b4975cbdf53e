import type { TokenInfo, UserInfo } from '../../shared/wire/access-api.ts'
import { localTime } from '../local-time.ts'
import { layOut } from '../table.ts'

/** `operator on web, mail-*`. */
export function grantText({ role, services }: Pick<UserInfo, 'role' | 'services'>): string {
  return services === undefined ? role : `${role} on ${services.join(', ')}`
}

const USER_COLUMNS = [
  { title: 'USER' },
  { title: 'PASSWORD' },
  { title: 'SINCE' },
  { title: 'MAY' },
] as const

/** Everybody who may log in. */
export function userLines(users: readonly UserInfo[], width: number): readonly string[] {
  if (users.length === 0) return ['nobody: lvsctl users add NAME --role admin']
  const rows = users.map((user) => [
    { text: user.name },
    { text: user.hasPassword ? 'yes' : 'no' },
    { text: localTime(user.createdAt) },
    { text: grantText(user) },
  ])
  const layout = layOut(USER_COLUMNS, rows, width)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}

const TOKEN_COLUMNS = [
  { title: 'ID' },
  { title: 'USER' },
  { title: 'EXPIRES' },
  { title: 'MAY' },
  { title: 'NAME' },
] as const

/** Tokens by what may be known of them. */
export function tokenLines(tokens: readonly TokenInfo[], width: number): readonly string[] {
  if (tokens.length === 0) return ['no tokens: lvsctl tokens create NAME']
  const rows = tokens.map((token) => [
    { text: token.id },
    { text: token.user },
    { text: localTime(token.expiresAt) },
    { text: grantText(token) },
    { text: token.name },
  ])
  const layout = layOut(TOKEN_COLUMNS, rows, width)
  return [layout.head, ...rows.map((row) => layout.line(row))]
}
