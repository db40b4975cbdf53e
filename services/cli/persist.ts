import { ServiceError } from '../shared/runtime/service-error.ts'
import type { CliIo } from './cli-io.ts'

const EVERY_MS = 1000
/** A daemon that restarts, or another controller that takes the lead, is there long before. */
const MAX_MISSES = 30

/**
 * Asks until there is an answer, half a minute at most, as long as the daemon is away or nobody
 * leads. Throws what asking throws after that, and what it refuses at once.
 */
export async function persist<Answer>(
  { sleep }: Pick<CliIo, 'sleep'>,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (let misses = 1; ; misses++) {
    try {
      return await ask()
    } catch (error) {
      if (misses > MAX_MISSES || !isPassing(error)) throw error
      await sleep(EVERY_MS, new AbortController().signal)
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false
  return /^(cli\.unreachable|bus\.)/.test(error.code) || error.code === 'controller.not-leading'
}
