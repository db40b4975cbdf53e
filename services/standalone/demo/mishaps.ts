import type { DemoServer, Illness } from './real-server.ts'

interface Mishap {
  readonly server: string
  readonly illness: Illness
  /** What a person sees of it. */
  readonly story: string
}

const MISHAPS: readonly Mishap[] = [
  { server: 'web2', illness: 'broken', story: 'web2 begins to answer 500' },
  { server: 'mx1', illness: 'stopped', story: 'the mail server of mx1 is killed' },
  { server: 'media2', illness: 'hung', story: 'media2 hangs: it accepts and never answers' },
  { server: 'pop1', illness: 'broken', story: 'pop1 greets with -ERR' },
]

const FIRST_AFTER_MS = 4000
const ILL_FOR_MS = 8000
const WELL_FOR_MS = 5000

/** Makes one server after the other fail and recover, round and round; returns how to stop. */
export function startMishaps(
  servers: ReadonlyMap<string, DemoServer>,
  tell: (story: string) => void,
): () => void {
  let timer = setTimeout(() => strike(0), FIRST_AFTER_MS)

  function strike(turn: number): void {
    const mishap = MISHAPS[turn % MISHAPS.length]
    const server = mishap && servers.get(mishap.server)
    if (mishap === undefined || server === undefined) return
    tell(mishap.story)
    void server.fallIll(mishap.illness)
    timer = setTimeout(() => {
      tell(`${mishap.server} is mended`)
      void server.recover()
      timer = setTimeout(() => strike(turn + 1), WELL_FOR_MS)
    }, ILL_FOR_MS)
  }

  return () => clearTimeout(timer)
}
