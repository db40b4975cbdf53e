import { EventEmitter } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import {
  runUntilSignal,
  type SignalSource,
} from '../../../services/shared/runtime/run-until-signal.ts'
import { createService } from '../../../services/shared/runtime/service.ts'

function setUp(start: () => Promise<void> = async () => undefined) {
  const emitter = new EventEmitter()
  const source = Object.assign(emitter, { exit: vi.fn() }) as unknown as SignalSource
  const calls: string[] = []
  const service = createService({
    start,
    async stop() {
      calls.push('stop')
    },
  })
  return { emitter, source, calls, service }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('running until a signal', () => {
  test.each(['SIGTERM', 'SIGINT'])(
    '%s stops once, and further ones change nothing',
    async (signal) => {
      const { emitter, source, calls, service } = setUp()
      const running = runUntilSignal(service, { process: source })
      await turn()
      emitter.emit(signal, signal)
      emitter.emit('SIGTERM', 'SIGTERM')
      await running
      expect(calls).toEqual(['stop'])
      expect(emitter.eventNames()).toEqual([])
      expect(source.exit).not.toHaveBeenCalled()
    },
  )

  test('SIGHUP asks for the configuration to be read again', async () => {
    const { emitter, source, service, calls } = setUp()
    const onHangup = vi.fn()
    const running = runUntilSignal(service, { process: source, onHangup })
    await turn()
    emitter.emit('SIGHUP', 'SIGHUP')
    expect(onHangup).toHaveBeenCalledOnce()
    expect(calls).toEqual([])
    emitter.emit('SIGTERM', 'SIGTERM')
    await running
  })

  test('a service that cannot start is stopped, and the reason reaches the caller', async () => {
    const { emitter, source, calls, service } = setUp(() => Promise.reject(new Error('no table')))
    await expect(runUntilSignal(service, { process: source })).rejects.toThrow('no table')
    expect(calls).toEqual(['stop'])
    expect(emitter.eventNames()).toEqual([])
  })

  test('a signal while starting stops when the start is through', async () => {
    let started: () => void = () => undefined
    const starting = new Promise<void>((resolve) => {
      started = resolve
    })
    const { emitter, source, calls, service } = setUp(() => starting)
    const running = runUntilSignal(service, { process: source })
    emitter.emit('SIGTERM', 'SIGTERM')
    await turn()
    expect(calls).toEqual([])
    started()
    await running
    expect(calls).toEqual(['stop'])
  })

  test('a stop that hangs ends the process by force after ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { emitter, source } = setUp()
      const hanging = createService({
        start: async () => undefined,
        stop: () => new Promise(() => undefined),
      })
      void runUntilSignal(hanging, { process: source })
      await turn()
      emitter.emit('SIGTERM', 'SIGTERM')
      await vi.advanceTimersByTimeAsync(9_999)
      expect(source.exit).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1)
      expect(source.exit).toHaveBeenCalledWith(1)
    } finally {
      vi.useRealTimers()
    }
  })
})
