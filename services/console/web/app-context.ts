import { createContext } from 'preact'
import { useContext, useMemo } from 'preact/hooks'
import type { Session } from '../../shared/wire/access-api.ts'
import type { Client } from './api/client.ts'
import { type Translate, translator } from './core/translate.ts'
import type { Live } from './live/live.ts'
import { preferences } from './preferences.ts'
import { type Store, useStore } from './store.ts'

/** What every part of the page may use. */
export interface AppContext {
  readonly client: Client
  readonly live: Live
  /** Who is logged in: `undefined` before that is known, `null` when nobody is. */
  readonly session: Store<Session | null | undefined>
}

/** The one context. */
export const AppPlace = createContext<AppContext | undefined>(undefined)

/** Throws outside of the app. */
export function useApp(): AppContext {
  const app = useContext(AppPlace)
  if (app === undefined) throw new Error('a part of the page stands outside of the app')
  return app
}

/** Texts in the language of the page. */
export function useTranslate(): Translate {
  const language = useStore(preferences, (chosen) => chosen.language)
  return useMemo(() => translator(language), [language])
}
