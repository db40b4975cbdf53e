import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 25

/**
 * Asks again and again until the answer is a true one, and returns that. After the time it throws
 * with the last answer: real kernels and processes have no clock that a test could turn.
 */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer> | Answer,
  timeoutMs = 10_000,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > deadline) {
      throw new Error(`not in ${timeoutMs} ms: ${what}; the last answer was ${String(answer)}`)
    }
    await delay(POLL_MS)
  }
}
