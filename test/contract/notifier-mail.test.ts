import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openChannel } from '../../services/shared/adapters/notifiers/registry.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import type { SettingsOf } from '../../services/shared/domain/channel.ts'
import type { Notification } from '../../services/shared/domain/notification.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type Dovecot, EVE, noDovecot, startDovecot } from '../support/dovecot.ts'
import { greetsAndAnswers, hangs, startHostileServer } from '../support/hostile-server.ts'
import { notificationOf, OVER } from '../support/notification.ts'
import { noPostfix, type Postfix, startPostfix } from '../support/postfix.ts'
import { type Mood, testNotifier } from './notifier-contract.ts'

const never = new AbortController().signal
const clock = createSystemClock()
const skipped = noPostfix + noDovecot

const SETTINGS = {
  type: 'mail',
  timeoutMs: 10_000,
  from: 'lvs@shop.test',
  to: ['postmaster@shop.test'],
} as const

describe.skipIf(skipped !== '')(`channel mail against Postfix${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-postfix-'))
  const mailDir = mkdtempSync(join(tmpdir(), 'lvs-warden-mailbox-'))
  const certificates = makeCertificates(dir)
  let dovecot: Dovecot
  let postfix: Postfix

  beforeAll(async () => {
    dovecot = await startDovecot(mailDir, certificates)
    postfix = await startPostfix(dir, certificates, dovecot.authSocket)
  })
  afterAll(async () => {
    await postfix?.child.stop()
    await dovecot?.child.stop()
    rmSync(dir, { recursive: true, force: true })
    rmSync(mailDir, { recursive: true, force: true })
  })
  beforeEach(() => {
    for (const file of queued()) rmSync(file)
  })

  const own = () => `127.0.0.1:${postfix.ports.smtp}`

  /** Nothing delivers here: what was accepted stays in the queue. */
  function queued(): readonly string[] {
    return ['incoming', 'active', 'deferred'].flatMap((name) => {
      const folder = join(dir, 'queue', name)
      if (!existsSync(folder)) return []
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
      return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
    })
  }

  /** Mails as they were accepted, oldest first. */
  function mails(): readonly string[] {
    return queued().map((file) => {
      const { stdout } = spawnSync('postcat', ['-c', join(dir, 'conf'), '-hb', file])
      return stdout.toString()
    })
  }

  async function open(mood: Mood, timeoutMs: number) {
    const illness = mood === 'hangs' ? hangs : greetsAndAnswers('421 too busy\r\n')
    const hostile = await startHostileServer(illness)
    const places: Readonly<Record<Mood, string>> = {
      takes: own(),
      'refuses-for-now': `127.0.0.1:${hostile.target.port}`,
      'refuses-for-good': own(),
      hangs: `127.0.0.1:${hostile.target.port}`,
      absent: '127.0.0.1:9',
    }
    const to = mood === 'refuses-for-good' ? ['nobody@shop.test'] : SETTINGS.to
    const settings = { ...SETTINGS, to, timeoutMs, server: places[mood] }
    const notifier = openChannel(settings, { clock, readSecret: () => 'no' })
    return {
      secrets: [],
      send: (notification: Notification, signal = never) => notifier.send(notification, signal),
      heard: async () => mails().join('\n'),
      async close() {
        notifier.close()
        await hostile.close()
      },
    }
  }
  testNotifier(open, { moods: ['refuses-for-now', 'refuses-for-good'] })

  async function send(change: Partial<Notification>, settings: Partial<SettingsOf<'mail'>> = {}) {
    const all = { ...SETTINGS, server: own(), ...settings }
    const readSecret = () => EVE.password
    const notifier = openChannel(all, { clock, readSecret })
    return notifier.send(notificationOf(change), never)
  }

  function header(mail: string, name: string): string | undefined {
    return new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'im')
      .exec(mail)?.[1]
      ?.replace(/\n\s+/g, ' ')
  }

  test('it is plain text and HTML, urgent where it is, and answered by no robot', async () => {
    await send({})
    const [mail = ''] = mails()
    expect(header(mail, 'Subject')).toBe('web/web1 is down: connection refused [shop]')
    expect(header(mail, 'From')).toBe('LVS Warden <lvs@shop.test>')
    expect(header(mail, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(mail, 'Importance')).toBe('High')
    expect(header(mail, 'Content-Type')).toContain('multipart/alternative')
    expect(mail.replaceAll('=\n', '')).toContain(
      'connection refused by &lt;web1&gt; &amp; &quot;friends&quot;',
    )
  })

  test('all mails of an incident are one thread, and each has a name of its own', async () => {
    await send({})
    await send(OVER)
    await send({ threadKey: 'shop/i8', dedupKey: 'i8/ops/1' })
    const threads = mails().map((mail) => header(mail, 'References'))
    expect(new Set(threads).size).toBe(2)
    expect(mails().map((mail) => header(mail, 'In-Reply-To'))).toEqual(threads)
    const names = mails().map((mail) => header(mail, 'Message-ID'))
    expect(new Set(names).size).toBe(3)
    expect(names.filter((name) => threads.includes(name))).toEqual([])
  })

  test('told twice, it is the same mail', async () => {
    await send({})
    await send({})
    expect(new Set(mails().map((mail) => header(mail, 'Message-ID'))).size).toBe(1)
  })

  test('of several receivers one that is refused is said, the others get it', async () => {
    const result = await send({}, { to: ['postmaster@shop.test', 'nobody@shop.test'] })
    expect(result).toEqual({
      outcome: 'delivered',
      remark: 'the server refused nobody@shop.test',
    })
    expect(mails()).toHaveLength(1)
  })

  test('a password goes nowhere before a good certificate is shown', async () => {
    const login = { user: EVE.user, password: { env: 'X' } }
    const result = await send({}, { ...login, server: `127.0.0.1:${postfix.ports.submission}` })
    expect(result).toMatchObject({
      outcome: 'failed',
      isPermanent: false,
      reason: expect.stringMatching(/certificate/),
    })
    const plain = await startHostileServer(
      greetsAndAnswers('220 a\r\n', '250-a\r\n250 AUTH PLAIN\r\n'),
    )
    const refused = await send({}, { ...login, server: `127.0.0.1:${plain.target.port}` })
    expect(refused).toMatchObject({ outcome: 'failed' })
    await plain.close()
  })

  test('one’s own HTML has what is said escaped', async () => {
    await send({ subject: '<script>' }, { html: '<i>{{subject}}</i>', text: '{{causes}}' })
    const [mail = ''] = mails()
    expect(mail).toContain('<i>&lt;script&gt; [shop]</i>')
    expect(mail).toContain('critical: connection refused by <web1>')
  })
})
