import { beforeEach, describe, expect, test } from 'vitest'
import { createLogin, type Login } from '../../../services/console/access/login.ts'
import type { Passwords } from '../../../services/console/access/passwords.ts'
import type { PasswordHash, UserRecord } from '../../../services/shared/wire/access-message.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

let clock: ManualClock
let login: Login
let compared: (PasswordHash | undefined)[]

const hash: PasswordHash = { kind: 'scrypt', logN: 1, r: 1, p: 1, salt: '', hash: '' }
const users: Readonly<Record<string, UserRecord>> = {
  anna: { name: 'anna', role: 'admin', password: hash, createdAt: 0 },
  robot: { name: 'robot', role: 'viewer', createdAt: 0 },
}

/** Right is `right`, for whoever has a password. */
const passwords: Passwords = {
  hash: async () => hash,
  async verify(password, stored) {
    compared.push(stored)
    return password === 'right' && stored !== undefined
  },
}

beforeEach(() => {
  compared = []
  clock = createManualClock()
  login = createLogin({ user: (name) => users[name] }, passwords, clock)
})

const attempt = (name: string, password: string, address = '192.0.2.1') =>
  login.enter(name, password, address).then(
    () => 'in',
    ({ code }: { code: string }) => code,
  )

/** How many of so many wrong attempts were compared at all. */
async function comparedOf(count: number, how: (index: number) => [string, string]) {
  const before = compared.length
  for (let index = 0; index < count; index++) {
    const [name, address] = how(index)
    await attempt(name, 'wrong', address)
  }
  return compared.length - before
}

test('the right password lets in, as often as one likes', async () => {
  for (let count = 0; count < 100; count++) expect(await attempt('anna', 'right')).toBe('in')
})

describe('nobody learns who exists', () => {
  test.each(['anna', 'robot', 'nobody'])(
    '%s gets the same words after the same work',
    async (name) => {
      const error = await login.enter(name, 'wrong', '192.0.2.1').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'api.unauthenticated',
        message: 'the name or the password is wrong',
      })
      expect(compared).toHaveLength(1)
    },
  )

  test('a name without a user is limited as one with', async () => {
    const address = (index: number) => `198.51.100.${index}`
    expect(await comparedOf(30, (index) => ['anna', address(index)])).toBe(10)
    expect(await comparedOf(30, (index) => ['nobody', address(index)])).toBe(10)
  })
})

describe('brute force', () => {
  test('of one name from many addresses is held at ten, then two a minute', async () => {
    expect(await comparedOf(200, (index) => ['anna', `198.51.${index}.7`])).toBe(10)
    expect(await attempt('anna', 'right')).toBe('api.too-many')
    await clock.advance(60_000)
    expect(await comparedOf(200, (index) => ['anna', `203.0.${index}.7`])).toBe(2)
  })

  test('of many names from one address is held at thirty', async () => {
    expect(await comparedOf(200, (index) => [`user${index}`, '192.0.2.66'])).toBe(30)
    expect(await attempt('anna', 'right', '192.0.2.67')).toBe('in')
  })

  test('a whole network of IPv6 counts as one address, written in any way', async () => {
    const address = (index: number) => `2001:db8:0:1:${index.toString(16)}::1`
    expect(await comparedOf(200, (index) => [`user${index}`, address(index)])).toBe(30)
    expect(await attempt('anna', 'right', '2001:db8::1:0:0:0:9')).toBe('api.too-many')
    expect(await attempt('anna', 'right', '2001:db8:0:2::1')).toBe('in')
  })

  test('waiting lets in again', async () => {
    await comparedOf(30, (index) => ['anna', `198.51.100.${index}`])
    await clock.advance(30_000)
    expect(await attempt('anna', 'right')).toBe('in')
  })
})
