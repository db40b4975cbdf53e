import { applyStatusDelta } from '../../../shared/wire/apply-status-delta.ts'
import type { Status } from '../../../shared/wire/status.ts'
import type { StatusDelta } from '../../../shared/wire/status-delta.ts'

/** What is known of the cluster, and how fresh it is. */
export interface LiveState {
  readonly status?: Status
  readonly connection: 'connecting' | 'live' | 'stale'
  /** When something was heard last; milliseconds since the epoch. */
  readonly heardAt?: number
  /** Why the status cannot be had although the console can. */
  readonly trouble?: string
}

/** What the stream brings. */
export type LiveNews =
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'change'; readonly delta: StatusDelta }
  | { readonly type: 'trouble'; readonly message: string }
  | { readonly type: 'alive' }
  | { readonly type: 'lost' }

/** Before anything was heard. */
export const NOTHING_HEARD: LiveState = { connection: 'connecting' }

/** Longer silence than this is none of a stream that lives: it beats every ten seconds. */
export const SILENCE_MS = 22_000

/** The state after some news; `at` is now. */
export function hear(state: LiveState, news: LiveNews, at: number): LiveState {
  const { trouble: _, ...rest } = state
  switch (news.type) {
    case 'status':
      return { connection: 'live', heardAt: at, status: keepSame(state.status, news.status) }
    case 'change': {
      if (state.status === undefined) return state
      const status = applyStatusDelta(state.status, news.delta)
      return { connection: 'live', heardAt: at, status }
    }
    case 'trouble':
      return { ...rest, connection: 'stale', trouble: news.message }
    case 'alive':
      return state.trouble === undefined ? { ...rest, connection: 'live', heardAt: at } : state
    case 'lost':
      return { ...rest, connection: state.status === undefined ? 'connecting' : 'stale' }
  }
}

/** After a break the whole comes again; what is as it was keeps its identity, and its pixels. */
function keepSame(before: Status | undefined, after: Status): Status {
  if (before === undefined) return after
  const known = new Map(before.services.map((service) => [service.name, service]))
  const services = after.services.map((service) => {
    const old = known.get(service.name)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(service) ? old : service
  })
  return { ...after, services }
}
