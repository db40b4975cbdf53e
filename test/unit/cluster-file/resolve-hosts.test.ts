import { expect, test } from 'vitest'
import { resolveHosts } from '../../../services/shared/cluster-file/resolve-hosts.ts'

test('a resolver that never answers is waited for no longer than the limit', async () => {
  const hosts = await resolveHosts(['a.example', 'b.example'], () => new Promise(() => {}), 20)
  expect(hosts.get('a.example')).toEqual({ problem: 'no answer within 20 ms' })
  expect(hosts.get('b.example')).toEqual({ problem: 'no answer within 20 ms' })
})

test('a name without a usable address is a problem, one that fails is so with its reason', async () => {
  const hosts = await resolveHosts(['empty.example', 'gone.example'], async (name) => {
    if (name === 'gone.example') throw new Error('no such name')
    return ['not an address']
  })
  expect(hosts.get('empty.example')).toEqual({ problem: 'it has no address' })
  expect(hosts.get('gone.example')).toEqual({ problem: 'no such name' })
})

test('a thousand names are never asked for all at once', async () => {
  let asked = 0
  let most = 0
  const names = Array.from({ length: 1000 }, (_, index) => `h${index}.example`)
  const hosts = await resolveHosts(names, async () => {
    asked += 1
    most = Math.max(most, asked)
    await Promise.resolve()
    asked -= 1
    return ['10.0.0.1']
  })
  expect(hosts.size).toBe(1000)
  expect(most).toBe(32)
})
