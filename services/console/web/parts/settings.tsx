import type { Session } from '../../../shared/wire/access-api.ts'
import { useApp, useTranslate } from '../app-context.ts'
import { LANGUAGES, type Language } from '../core/translate.ts'
import { prefer, preferences, THEMES } from '../preferences.ts'
import { useStore } from '../store.ts'

/** Language, colours, and the way out. */
export function Settings({ session }: { session: Session | undefined }) {
  const t = useTranslate()
  return (
    <details class="settings">
      <summary>
        {session === undefined
          ? t('app.settings')
          : t('session.name', { name: session.name, role: t(`role.${session.role}`) })}
      </summary>
      <div class="settings-box">
        <Choices />
        {session !== undefined && <WaysOut />}
      </div>
    </details>
  )
}

function Choices() {
  const t = useTranslate()
  const { language, theme } = useStore(preferences, (chosen) => chosen)
  return (
    <>
      <label>
        <span>{t('language.label')}</span>
        <select
          value={language}
          onChange={(event) => prefer({ language: event.currentTarget.value as Language })}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t('theme.label')}</span>
        <select
          value={theme}
          onChange={({ currentTarget: { value } }) =>
            prefer({ theme: THEMES.find((each) => each === value) ?? 'auto' })
          }
        >
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {t(`theme.${each}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

function WaysOut() {
  const t = useTranslate()
  const { client, session } = useApp()
  const leave = async (verb: 'logout' | 'logoutEverywhere') => {
    await client.ask(verb, {}).catch(() => undefined)
    session.set(null)
  }
  return (
    <div class="buttons">
      <button type="button" onClick={() => void leave('logout')}>
        {t('session.logout')}
      </button>
      <button type="button" onClick={() => void leave('logoutEverywhere')}>
        {t('session.everywhere')}
      </button>
    </div>
  )
}
