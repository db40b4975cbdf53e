import { useEffect, useRef, useState } from 'preact/hooks'

/** A value that parts of the page watch. */
export interface Store<T> {
  get(): T
  set(next: T): void
  subscribe(listener: () => void): () => void
}

/** Makes a store; listeners hear of another value only. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** What `select` makes of a store; the component is drawn again when that changes. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  const [, redraw] = useState(0)
  const selected = select(store.get())
  const shown = useRef(selected)
  shown.current = selected
  const chosen = useRef(select)
  chosen.current = select
  useEffect(() => {
    const check = () => {
      if (!Object.is(chosen.current(store.get()), shown.current)) redraw((count) => count + 1)
    }
    check()
    return store.subscribe(check)
  }, [store])
  return selected
}
