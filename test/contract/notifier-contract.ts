import { expect, test } from 'vitest'
import type { Notification } from '../../services/shared/domain/notification.ts'
import type { SendResult } from '../../services/shared/ports/notifier.ts'
import { notificationOf, OVER } from '../support/notification.ts'

/** How the other side of a channel behaves. */
export type Mood = 'takes' | 'refuses-for-now' | 'refuses-for-good' | 'hangs' | 'absent'

/** A channel with its other side, made anew for each test. */
export interface NotifierUnderTest {
  /** Texts that no reason may hold. */
  readonly secrets: readonly string[]
  send(notification: Notification, signal?: AbortSignal): Promise<SendResult>
  /** Everything that the other side has got, as text. */
  heard(): Promise<string>
  close(): Promise<void>
}

/** What every notifier promises. `timeoutMs` is that of the channel. */
export function testNotifier(
  open: (mood: Mood, timeoutMs: number) => Promise<NotifierUnderTest>,
  { moods }: { readonly moods: readonly Mood[] },
): void {
  async function attempt(mood: Mood, notification: Notification, timeoutMs = 5000) {
    const channel = await open(mood, timeoutMs)
    try {
      const result = await channel.send(notification)
      const reason = result.outcome === 'failed' ? result.reason : (result.remark ?? '')
      for (const secret of channel.secrets) expect(reason).not.toContain(secret)
      expect(reason).not.toMatch(/[\p{Cc}]/u)
      return { result, heard: await channel.heard() }
    } finally {
      await channel.close()
    }
  }

  test('what is wrong arrives with its subject and text', async () => {
    const { result, heard } = await attempt('takes', notificationOf())
    expect(result).toEqual({ outcome: 'delivered' })
    expect(heard).toContain('web/web1 is down: connection refused')
    expect(heard).toContain('shop')
  })

  test.each(['up', 'ack', 'escalation', 'reminder', 'startup', 'test', 'digest'] as const)(
    'a notification of kind %s is told, too',
    async (kind) => {
      const change = kind === 'up' ? OVER : { kind, subject: `${kind} of web` }
      const { result } = await attempt('takes', notificationOf(change))
      expect(result).toEqual({ outcome: 'delivered' })
    },
  )

  test('names with markup, line breaks and braces harm nobody', async () => {
    const nasty = 'a\r\nBcc: eve@example.net\r\n<b>&"\'{{cluster}}</b>\u2028\0é🔥'
    const text = `<b>{{cluster}}</b>&"'\n.\nQUIT\r\n\0é🔥`
    const change = { subject: nasty, text }
    const { result, heard } = await attempt('takes', notificationOf(change))
    expect(result).toEqual({ outcome: 'delivered' })
    expect(heard).not.toMatch(/^Bcc:/m)
  })

  test('a text of a megabyte is told, or cut', async () => {
    const { result } = await attempt('takes', notificationOf({ text: 'x'.repeat(1_000_000) }))
    expect(result).toEqual({ outcome: 'delivered' })
  })

  test.skipIf(!moods.includes('refuses-for-now'))('a refusal for now may be mended', async () => {
    const { result } = await attempt('refuses-for-now', notificationOf())
    expect(result).toMatchObject({ outcome: 'failed', isPermanent: false })
  })

  test.skipIf(!moods.includes('refuses-for-good'))('a refusal for good is final', async () => {
    const { result } = await attempt('refuses-for-good', notificationOf())
    expect(result).toMatchObject({ outcome: 'failed', isPermanent: true })
  })

  test('one that hangs is given up when its time is over', async () => {
    const { result } = await attempt('hangs', notificationOf(), 150)
    expect(result).toMatchObject({ outcome: 'failed' })
  })

  test('one that hangs is given up at once when the alerter stops', async () => {
    const channel = await open('hangs', 60_000)
    const stopping = new AbortController()
    const sending = channel.send(notificationOf(), stopping.signal)
    stopping.abort()
    expect(await sending).toMatchObject({ outcome: 'failed' })
    await channel.close()
  })

  test('one that is not there is a failure with a reason', async () => {
    const { result } = await attempt('absent', notificationOf())
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/./) })
  })
}
