import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { useApp, useTranslate } from '../app-context.ts'
import { NO_FILTER } from '../core/route.ts'
import type { Translate } from '../core/translate.ts'
import { Settings } from '../parts/settings.tsx'
import { go } from '../place.ts'

/** Name and password. `wasIn`: somebody was logged in before. */
export function Login({ wasIn }: { wasIn: boolean }) {
  const t = useTranslate()
  const { client, session } = useApp()
  const submit = async (user: string, password: string) =>
    session.set(await client.ask('sessionOpen', { user, password }))
  return (
    <Door title={t('login.title')} note={wasIn ? t('login.ended') : undefined}>
      <Credentials passwordLabel={t('login.password')} isNew={false} onSubmit={submit}>
        {t('login.submit')}
      </Credentials>
    </Door>
  )
}

/** The first administrator, by the link that the first start printed. */
export function Setup({ secret }: { secret: string }) {
  const t = useTranslate()
  const { client, session } = useApp()
  const submit = async (name: string, password: string) => {
    const opened = await client.ask('setup', { secret, name, password })
    go({ view: 'overview', filter: NO_FILTER })
    session.set(opened)
  }
  return (
    <Door title={t('setup.title')} note={t('setup.intro')}>
      <Credentials passwordLabel={t('setup.password')} isNew={true} onSubmit={submit}>
        {t('setup.submit')}
      </Credentials>
    </Door>
  )
}

function Door(props: { title: string; note: string | undefined; children: ComponentChildren }) {
  return (
    <main class="door">
      <img src="./icon.svg" alt="" width="48" height="48" />
      <h1>{props.title}</h1>
      {props.note !== undefined && <p>{props.note}</p>}
      {props.children}
      <Settings session={undefined} />
    </main>
  )
}

interface CredentialsProps {
  readonly passwordLabel: string
  readonly isNew: boolean
  readonly onSubmit: (name: string, password: string) => Promise<void>
  readonly children: ComponentChildren
}

function Credentials({ passwordLabel, isNew, onSubmit, children }: CredentialsProps) {
  const t = useTranslate()
  const [error, setError] = useState('')
  const [isBusy, setBusy] = useState(false)

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    setError('')
    try {
      await onSubmit(String(form.get('name')), String(form.get('password')))
    } catch (trouble) {
      setError(wordsFor(trouble, isNew, t))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <label>
        <span>{t('login.user')}</span>
        <input name="name" required autocomplete="username" autocapitalize="none" maxLength={64} />
      </label>
      <label>
        <span>{passwordLabel}</span>
        <input
          name="password"
          type="password"
          required
          autocomplete={isNew ? 'new-password' : 'current-password'}
          maxLength={256}
          {...(isNew && { minLength: 10 })}
        />
      </label>
      <p class="error" role="alert">
        {error}
      </p>
      <button type="submit" class="primary" disabled={isBusy}>
        {children}
      </button>
    </form>
  )
}

function wordsFor(trouble: unknown, isNew: boolean, t: Translate): string {
  if (!(trouble instanceof ApiError) || trouble.code === 'network') return t('error.network')
  if (trouble.status === 401) return t('login.wrong')
  if (trouble.status === 429) return t('login.many')
  if (isNew && trouble.status === 403) return t('setup.dead')
  return t('error.refused', { message: trouble.message })
}
