import { isOwnedByWindow, type MaintenanceWindow } from '../../shared/domain/maintenance-window.ts'
import { type Override, overrideKey } from '../../shared/domain/override.ts'
import type { ServerTarget } from '../../shared/domain/server-target.ts'

/** A window that is open now. */
export interface OpenWindow {
  readonly window: MaintenanceWindow
  /** When it opened, milliseconds since the epoch. */
  readonly start: number
  /** Keys of the overrides of real servers that are dealt with. */
  readonly done: ReadonlySet<string>
  /** Overrides that were in its way when it was looked at last, by key. */
  readonly inTheWay: ReadonlyMap<string, Override>
}

/** What is to be done about an open window. */
export interface DueTargets {
  /** Real servers to be taken out of service until the window closes. */
  readonly due: readonly ServerTarget[]
  readonly done: ReadonlySet<string>
  readonly inTheWay: ReadonlyMap<string, Override>
}

/**
 * Decides about each real server of an open window once. The operator's word goes first: an
 * override that lasts longer stays as it is, and who was enabled by hand while the window is open
 * stays enabled. An override that ends by itself before the window does gives way to it.
 */
export function dueTargets(
  { window, start, done, inTheWay }: OpenWindow,
  overrides: ReadonlyMap<string, Override>,
  at: number,
): DueTargets {
  const until = start + window.forMs
  const due: ServerTarget[] = []
  const nowDone = new Set(done)
  const nowInTheWay = new Map<string, Override>()
  for (const target of window.targets) {
    const key = overrideKey(target)
    if (done.has(key)) continue
    const present = overrides.get(key)
    const before = inTheWay.get(key)
    const wasEnabled = present === undefined && before !== undefined && !hasEnded(before, at)
    if (present !== undefined && !givesWay(present, until)) {
      if (isOwnedByWindow(present.owner)) nowDone.add(key)
      else nowInTheWay.set(key, present)
      continue
    }
    nowDone.add(key)
    if (!wasEnabled) due.push(target)
  }
  return { due, done: nowDone, inTheWay: nowInTheWay }
}

/** Of two windows the one that closes later counts. */
function givesWay({ owner, until }: Override, windowEnds: number): boolean {
  return isOwnedByWindow(owner) && until !== undefined && until < windowEnds
}

function hasEnded({ until }: Override, at: number): boolean {
  return until !== undefined && until <= at
}
