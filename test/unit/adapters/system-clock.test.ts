import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSystemClock } from '../../../services/shared/adapters/system-clock.ts'

const MONTH_MS = 30 * 24 * 3600 * 1000

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('waits as long as asked, also longer than one timer of Node can', () => {
    const fired = vi.fn()
    createSystemClock().after(MONTH_MS, fired)
    vi.advanceTimersByTime(MONTH_MS - 1)
    expect(fired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(fired).toHaveBeenCalledOnce()
  })

  test.each([1000, MONTH_MS])('a wait of %i ms can be cancelled at any time', (delayMs) => {
    const fired = vi.fn()
    const cancel = createSystemClock().after(delayMs, fired)
    vi.advanceTimersByTime(delayMs - 10)
    cancel()
    vi.advanceTimersByTime(MONTH_MS)
    expect(fired).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
