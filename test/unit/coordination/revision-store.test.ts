import { describe, expect, test } from 'vitest'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import {
  openRevisionStore,
  REVISIONS_KEPT,
  type RevisionStore,
} from '../../../services/shared/coordination/revision-store.ts'
import { bucketName } from '../../../services/shared/wire/subjects.ts'
import { buildServer, buildService } from '../../support/cluster-builder.ts'

const CLUSTER = { name: 'shop', virtualServices: [buildService({ realServers: [buildServer()] })] }

async function setUp() {
  const bus = createMemoryBus()
  return { bus, store: await openRevisionStore(bus, 'shop') }
}

function draft(text: string, more: { by?: string; reason?: string; restores?: number } = {}) {
  return { file: 'shop.yaml', text, cluster: CLUSTER, by: 'anna', reason: '', at: 7, ...more }
}

async function put(store: RevisionStore, text: string) {
  return store.put(draft(text), await store.current())
}

describe('revisions of the cluster file', () => {
  test('there is none at first', async () => {
    const { store } = await setUp()
    expect(await store.current()).toEqual({ token: 0 })
    expect(await store.find(1)).toBeUndefined()
  })

  test('are counted from 1, with who, why and when', async () => {
    const { store } = await setUp()
    await put(store, 'one')
    const second = { ...draft('two: ü', { by: 'bert', reason: 'more servers' }) }
    await store.put(second, await store.current())
    const { revision } = await store.current()
    expect(revision).toMatchObject({
      revision: 2,
      text: 'two: ü',
      bytes: 7,
      by: 'bert',
      reason: 'more servers',
      cluster: CLUSTER,
      history: [
        { revision: 1, by: 'anna' },
        { revision: 2, by: 'bert' },
      ],
    })
    expect(await store.find(1)).toMatchObject({ revision: 1, text: 'one', at: 7 })
    expect(await store.find(2)).toMatchObject({ revision: 2, text: 'two: ü' })
  })

  test('of two at once one is refused and told who was faster', async () => {
    const { store } = await setUp()
    await put(store, 'one')
    const found = await store.current()
    await store.put(draft('two', { by: 'bert' }), found)
    await expect(store.put(draft('other two'), found)).rejects.toMatchObject({
      code: 'api.conflict',
      message: expect.stringContaining('bert put revision 2 in force meanwhile'),
    })
    expect(await store.find(2)).toMatchObject({ text: 'two' })
  })

  test('two first ones at once: only one is the first', async () => {
    const { store } = await setUp()
    const found = await store.current()
    const results = await Promise.allSettled([
      store.put(draft('a'), found),
      store.put(draft('b'), found),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((await store.current()).revision?.text).toBe('a')
  })

  test('the same text is the same revision, with what it means now', async () => {
    const { store } = await setUp()
    await put(store, 'one')
    const moved = { name: 'shop', virtualServices: [] }
    await store.put({ ...draft('one'), cluster: moved }, await store.current())
    const { revision } = await store.current()
    expect(revision).toMatchObject({ revision: 1, cluster: moved })
    expect(revision?.history).toHaveLength(1)
  })

  test('a text is archived even when its writer died right after putting it in force', async () => {
    const { bus, store } = await setUp()
    await put(store, 'one')
    const bucket = await bus.keyValue(bucketName('shop', 'cluster-file'))
    await bucket.delete('revision.1')
    expect(await store.find(1)).toMatchObject({ text: 'one' })
    await put(store, 'two')
    expect(await store.find(1)).toMatchObject({ text: 'one' })
  })

  test('only the last hundred are kept', async () => {
    const { bus, store } = await setUp()
    for (let number = 1; number <= REVISIONS_KEPT + 3; number++) await put(store, `text ${number}`)
    const { revision } = await store.current()
    expect(revision?.history.map((summary) => summary.revision)).toEqual(
      Array.from({ length: REVISIONS_KEPT }, (_, index) => index + 4),
    )
    expect(await store.find(3)).toBeUndefined()
    expect(await store.find(4)).toMatchObject({ text: 'text 4' })
    const bucket = await bus.keyValue(bucketName('shop', 'cluster-file'))
    expect(await bucket.entries()).toHaveLength(REVISIONS_KEPT + 1)
  })

  test('one in force that cannot be read is replaced', async () => {
    const { bus, store } = await setUp()
    const bucket = await bus.keyValue(bucketName('shop', 'cluster-file'))
    await bucket.put('current', new TextEncoder().encode('{"v":1,"body":{}}'))
    expect((await store.current()).revision).toBeUndefined()
    expect(await put(store, 'one')).toMatchObject({ revision: 1 })
  })
})
