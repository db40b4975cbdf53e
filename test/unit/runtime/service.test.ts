import { describe, expect, test } from 'vitest'
import { createService } from '../../../services/shared/runtime/service.ts'

function counted() {
  const calls: string[] = []
  const service = createService({
    async start() {
      calls.push('start')
    },
    async stop() {
      calls.push('stop')
    },
  })
  return { calls, service }
}

describe('a service', () => {
  test('starts once and stops once, however often it is asked', async () => {
    const { calls, service } = counted()
    await Promise.all([service.start(), service.start()])
    await Promise.all([service.stop(), service.stop()])
    expect(calls).toEqual(['start', 'stop'])
  })

  test('that never started has nothing to stop', async () => {
    const { calls, service } = counted()
    await service.stop()
    expect(calls).toEqual([])
  })

  test('is stopped by the end of its scope', async () => {
    const { calls, service } = counted()
    {
      await using scoped = service
      await scoped.start()
    }
    expect(calls).toEqual(['start', 'stop'])
  })
})
