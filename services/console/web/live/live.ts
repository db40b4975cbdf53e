import type { Status } from '../../../shared/wire/status.ts'
import type { StatusDelta } from '../../../shared/wire/status-delta.ts'
import { STREAM_PATH } from '../api/paths.ts'
import {
  hear,
  type LiveNews,
  type LiveState,
  NOTHING_HEARD,
  SILENCE_MS,
} from '../core/live-state.ts'
import { createStore, type Store } from '../store.ts'

/** The stream of the console while somebody looks. */
export interface Live {
  readonly state: Store<LiveState>
  start(): void
  stop(): void
}

const RETRY_MS = 2000
/** A page that nobody sees holds one of the few connections that a browser has for a host. */
const HIDDEN_MS = 60_000
const WATCH_MS = 2000

/** `isLoggedIn` is asked when the stream is refused: it resolves to false when that is why. */
export function createLive(isLoggedIn: () => Promise<boolean>): Live {
  const state = createStore<LiveState>(NOTHING_HEARD)
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let watch: ReturnType<typeof setInterval> | undefined
  let unwatch: (() => void) | undefined
  let heardAt = 0
  let isStarted = false

  function tell(news: LiveNews): void {
    const now = Date.now()
    if (news.type !== 'lost') heardAt = now
    state.set(hear(state.get(), news, now))
  }

  function open(): void {
    source?.close()
    clearTimeout(retry)
    const stream = new EventSource(`${STREAM_PATH}?topics=status`)
    source = stream
    heardAt = Date.now()
    on<Status>(stream, 'status', (status) => tell({ type: 'status', status }))
    on<StatusDelta>(stream, 'status-change', (delta) => tell({ type: 'change', delta }))
    on<{ message: string }>(stream, 'trouble', ({ message }) => tell({ type: 'trouble', message }))
    on(stream, 'alive', () => tell({ type: 'alive' }))
    stream.onerror = () => again(stream)
  }

  function again(stream: EventSource): void {
    if (stream !== source) return
    stream.close()
    tell({ type: 'lost' })
    clearTimeout(retry)
    retry = setTimeout(onShown, RETRY_MS)
  }

  function onHidden(): void {
    source?.close()
    source = undefined
    tell({ type: 'lost' })
  }

  async function onShown(): Promise<void> {
    const isOpen = source !== undefined && source.readyState !== EventSource.CLOSED
    if (!isOpen && isStarted && !document.hidden && (await isLoggedIn())) open()
  }

  return {
    state,
    start() {
      if (isStarted) return
      isStarted = true
      open()
      unwatch = watchVisibility(onHidden, onShown)
      watch = setInterval(() => {
        if (source !== undefined && Date.now() - heardAt > SILENCE_MS) again(source)
      }, WATCH_MS)
    },
    stop() {
      isStarted = false
      clearTimeout(retry)
      clearInterval(watch)
      unwatch?.()
      source?.close()
      source = undefined
      state.set(NOTHING_HEARD)
    },
  }
}

/** Hidden is who has been so for a while. */
function watchVisibility(onHidden: () => void, onShown: () => void): () => void {
  let hide: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(hide)
    if (document.hidden) hide = setTimeout(onHidden, HIDDEN_MS)
    else onShown()
  }
  document.addEventListener('visibilitychange', look)
  return () => {
    clearTimeout(hide)
    document.removeEventListener('visibilitychange', look)
  }
}

function on<T>(stream: EventSource, name: string, take: (data: T) => void): void {
  stream.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)))
}
