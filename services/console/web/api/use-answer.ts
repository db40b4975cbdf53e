import { useEffect, useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import type { RequestOf, ResponseOf, UsedVerb } from './client.ts'

/** What came of asking; the last answer stays while it is asked again. */
export interface Answer<T> {
  readonly value?: T
  readonly error?: string
}

/** Asks now, when the request changes, and every so often; `again` asks at once. */
export function useAnswer<V extends UsedVerb>(
  verb: V,
  request: () => RequestOf<V>,
  { key, everyMs }: { readonly key: string; readonly everyMs: number },
): Answer<ResponseOf<V>> & { readonly again: () => void } {
  const { client } = useApp()
  const [answer, setAnswer] = useState<Answer<ResponseOf<V>>>({})
  const [round, setRound] = useState(0)
  // The key says all of the request.
  useEffect(() => {
    let isOver = false
    const ask = async () => {
      try {
        const value = await client.ask(verb, request())
        if (!isOver) setAnswer({ value })
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error)
        if (!isOver) setAnswer((last) => ({ ...last, error: words }))
      }
    }
    void ask()
    const timer = setInterval(() => {
      if (!document.hidden) void ask()
    }, everyMs)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [client, verb, key, everyMs, round])
  return { ...answer, again: () => setRound((count) => count + 1) }
}
