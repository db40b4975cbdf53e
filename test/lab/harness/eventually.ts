import { setTimeout as delay } from 'node:timers/promises'

/** Each question to a guest is a process there, which takes its time from what is tested. */
const POLL_MS = 100

/**
 * Asks again and again until the answer is a true one, and returns that; a question that throws has
 * no answer yet, as with a daemon that is too busy to speak. After the time it throws with the last
 * answer: real kernels and processes have no clock that a test could turn.
 */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer> | Answer,
  timeoutMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let last: unknown
    try {
      const answer = await ask()
      if (answer) return answer
      last = answer
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      const message = `not in ${timeoutMs} ms: ${what}; the last answer was ${String(last)}`
      throw new Error(message, { cause: last })
    }
    await delay(POLL_MS)
  }
}
