import type { MaintenanceWindow } from '../../shared/domain/maintenance-window.ts'
import { createCronStarts } from '../../shared/runtime/cron-starts.ts'

/** When a window opens. Time is milliseconds since the epoch. */
export interface WindowOpening {
  /** When it opened, if it is open. */
  openSince(at: number): number | undefined
  /** When it opens next; `undefined` when it does not within some 400 days. */
  next(at: number): number | undefined
}

const MINUTE_MS = 60_000

/** Throws a `RangeError` for a cron expression or a time zone that is none. */
export function createWindowOpening({ start, forMs }: MaintenanceWindow): WindowOpening {
  if (start.type === 'once') {
    return {
      openSince: (at) => (start.at <= at && at < start.at + forMs ? start.at : undefined),
      next: (at) => (start.at > at ? start.at : undefined),
    }
  }
  const starts = createCronStarts(start.expression, start.timeZone)
  let known: { readonly minute: number; readonly latest: number | undefined } | undefined

  /** Once looked back, only what has passed since then is looked at. */
  function latest(at: number): number | undefined {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS
    if (known?.minute === minute) return known.latest
    const before = known !== undefined && known.minute < minute ? known : undefined
    const found = starts.latest(minute, before === undefined ? forMs : minute - before.minute)
    known = { minute, latest: found ?? before?.latest }
    return known.latest
  }

  return {
    openSince(at) {
      const since = latest(at)
      return since !== undefined && at < since + forMs ? since : undefined
    },
    next: starts.next,
  }
}
