import type { Bus } from '../../shared/ports/bus.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { api } from '../../shared/wire/api.ts'
import { API_ROUTES } from '../../shared/wire/api-routes.ts'
import type { Status } from '../../shared/wire/status.ts'
import { isIdle, statusDelta } from '../../shared/wire/status-delta.ts'
import { apiSubject } from '../../shared/wire/subjects.ts'

/** What a follower is told; the texts are made once for all of them. */
export interface StatusNews {
  /** The whole as it is now, as JSON. */
  whole(): string
  /** What changed since the last news, as JSON; absent when only the whole will do. */
  readonly delta?: string
}

/** The status, asked for once however many look at it. */
export interface StatusFeed {
  /** No older than a second. Throws what asking for it throws. */
  current(): Promise<Status>
  /** Calls with news each second that something changed, and when the status cannot be had. */
  follow(onNews: (news: StatusNews) => void, onTrouble: (trouble: ServiceError) => void): () => void
  close(): void
}

const EVERY_MS = 1000

/** Asks while somebody follows, and not otherwise. */
export function createStatusFeed(
  cluster: string,
  { bus, clock }: { readonly bus: Bus; readonly clock: Clock },
): StatusFeed {
  const followers = new Set<{
    readonly onNews: (news: StatusNews) => void
    readonly onTrouble: (trouble: ServiceError) => void
  }>()
  let asking: Promise<Status> | undefined
  let last: { readonly status: Status; readonly at: number } | undefined
  let shown: Status | undefined
  let cancel: (() => void) | undefined

  async function ask(): Promise<Status> {
    const subject = apiSubject(cluster, 'status')
    const { timeoutMs } = API_ROUTES.status
    const reply = await bus.request(subject, api.status.request.encode({}), timeoutMs)
    const status = api.status.response.decode(reply)
    last = { status, at: clock.monotonic() }
    return status
  }

  function current(): Promise<Status> {
    if (last !== undefined && clock.monotonic() - last.at < EVERY_MS) {
      return Promise.resolve(last.status)
    }
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  function tell(status: Status): void {
    const delta = shown === undefined ? undefined : statusDelta(shown, status)
    shown = status
    if (delta !== undefined && isIdle(delta)) return
    const news = { whole: once(status), ...(delta && { delta: JSON.stringify(delta) }) }
    for (const { onNews } of followers) onNews(news)
  }

  async function turn(): Promise<void> {
    try {
      tell(await current())
    } catch (error) {
      shown = undefined
      for (const { onTrouble } of followers) onTrouble(asTrouble(error))
    }
    cancel = followers.size === 0 ? undefined : clock.after(EVERY_MS, () => void turn())
  }

  return {
    current,
    follow(onNews, onTrouble) {
      const follower = { onNews, onTrouble }
      followers.add(follower)
      if (shown !== undefined) onNews({ whole: once(shown) })
      if (cancel === undefined) {
        cancel = () => {}
        void turn()
      }
      return () => followers.delete(follower)
    },
    close() {
      followers.clear()
      cancel?.()
    },
  }
}

function once(status: Status): () => string {
  let text: string | undefined
  return () => {
    text ??= JSON.stringify(status)
    return text
  }
}

function asTrouble(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  return new ServiceError('api.internal', 'an error of ours', { cause: error })
}
