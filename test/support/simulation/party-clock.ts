import type { Clock } from '../../../services/shared/ports/clock.ts'

/** The clock of one process: its wall clock may be wrong, and its timers end with it. */
export interface StoppableClock extends Clock {
  jump(ms: number): void
  stop(): void
}

/** A clock of its own on top of that of the simulation. */
export function partyClock(clock: Clock): StoppableClock {
  let offsetMs = 0
  let isStopped = false
  return {
    now: () => clock.now() + offsetMs,
    monotonic: clock.monotonic,
    after: (delayMs, callback) =>
      clock.after(delayMs, () => {
        if (!isStopped) callback()
      }),
    jump(ms) {
      offsetMs += ms
    },
    stop() {
      isStopped = true
    },
  }
}
