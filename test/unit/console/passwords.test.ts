import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPasswords } from '../../../services/console/access/passwords.ts'

test('a hash says how it was made, and is what scrypt makes of that', async () => {
  const stored = await createPasswords(5).hash('secret words')
  expect(stored).toMatchObject({ kind: 'scrypt', logN: 5, r: 8, p: 3 })
  const again = scryptSync('secret words', Buffer.from(stored.salt, 'base64'), 32, {
    ...{ N: 32, r: 8, p: 3 },
  })
  expect(stored.hash).toBe(again.toString('base64'))
})

test('one that was made at another cost is still right', async () => {
  const stored = await createPasswords(3).hash('secret words')
  const now = createPasswords(6)
  expect(await now.verify('secret words', stored)).toBe(true)
  expect(await now.verify('secret word', stored)).toBe(false)
  expect(await now.verify('secret words', undefined)).toBe(false)
})

test('the same letters from another keyboard are the same password', async () => {
  const passwords = createPasswords(3)
  expect(await passwords.verify('caf\u0065\u0301', await passwords.hash('caf\u00e9'))).toBe(true)
})

test('two of the same password do not look alike', async () => {
  const passwords = createPasswords(3)
  const [one, other] = [await passwords.hash('secret'), await passwords.hash('secret')]
  expect(one.hash).not.toBe(other.hash)
})

test('by default it costs 32 MiB each', async () => {
  expect(await createPasswords().hash('x')).toMatchObject({ logN: 15, r: 8 })
})

test('too many at once are refused, and the rest is served', async () => {
  const passwords = createPasswords(10)
  const all = await Promise.allSettled(
    Array.from({ length: 60 }, () => passwords.verify('x', undefined)),
  )
  const refused = all.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(60 - 2 - 32)
  for (const each of refused) {
    expect(each).toMatchObject({ reason: { code: 'api.busy', retryable: true } })
  }
  expect(await passwords.verify('x', undefined)).toBe(false)
})
