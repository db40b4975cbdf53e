import { describe, expect, test } from 'vitest'
import type { Pushed, Target } from '../../../probes/check.ts'
import { push } from '../../../probes/push.ts'
import { runCheck } from '../../../probes/run-check.ts'

const target: Target = { address: '10.0.0.1', family: 4, port: 0 }

async function look(pushed: Pushed | undefined, period = '60s') {
  const options = push.options.parse({ period })
  const limits = { timeoutMs: 1000, ...(pushed && { pushed }) }
  return (await runCheck(push, target, options, limits)).outcome
}

function heard(state: string, ageMs = 1000, message = ''): Pushed {
  return { listenedMs: 100_000, last: { state, message, ageMs } }
}

describe('push()', () => {
  test.each([
    ['ok', { outcome: 'pass', detail: 'ok' }],
    ['100%', { outcome: 'pass' }],
    ['75%', { outcome: 'degraded', factor: 0.75, code: 'push.weight' }],
    ['0%', { outcome: 'degraded', factor: 0, code: 'push.drain' }],
    ['fail', { outcome: 'fail', code: 'push.fail' }],
  ])('believes %s', async (state, wanted) => {
    expect(await look(heard(state))).toMatchObject(wanted)
  })

  test('shows the message, in one line and without control characters', async () => {
    const outcome = await look(heard('fail', 1000, 'disk\n\u001b[31mfull'))
    expect(outcome.detail).toBe('fail: disk | \ufffd[31mfull')
  })

  test('takes a word as long as its period, and then silence for a failure', async () => {
    expect(await look(heard('ok', 60_000))).toMatchObject({ outcome: 'pass' })
    expect(await look(heard('ok', 60_001))).toMatchObject({
      outcome: 'fail',
      code: 'push.silent',
      detail: 'want a word every 60s, got none for 60 s',
    })
    expect(await look(heard('ok', 60_001), '2m')).toMatchObject({ outcome: 'pass' })
  })

  test('waits one period for the first word, which counts for nothing', async () => {
    const early = await look({ listenedMs: 59_000 })
    expect(early).toMatchObject({ outcome: 'inconclusive', code: 'push.waiting' })
    expect(await look({ listenedMs: 61_000 })).toMatchObject({ code: 'push.silent' })
  })

  test('says nothing where nobody listens', async () => {
    expect(await look(undefined)).toMatchObject({ outcome: 'inconclusive', code: 'push.unheard' })
  })
})
