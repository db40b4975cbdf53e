import { expect, test } from 'vitest'
import { serveBusVerbs } from '../../../services/console/serve-verbs.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'

function perform(name: string, request: unknown): Promise<object> {
  const served = serveBusVerbs('shop', createMemoryBus()).find((verb) => verb.name === name)
  if (served === undefined) throw new Error(`no verb ${name}`)
  return served.perform(request, undefined as never, undefined)
}

test('a request that no prober answers says that it is probers who are missing', async () => {
  const asked = perform('check', { target: 'web1' })
  await expect(asked).rejects.toMatchObject({
    code: 'bus.no-responder',
    message: expect.stringContaining('no prober that knows the cluster file is there'),
  })
})

test('what others do not answer is said as the bus says it', async () => {
  await expect(perform('status', {})).rejects.toMatchObject({
    code: 'bus.no-responder',
    message: 'nobody answers lvs.shop.api.status',
  })
})
