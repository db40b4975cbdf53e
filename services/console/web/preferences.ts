import { chooseLanguage, LANGUAGES, type Language } from './core/translate.ts'
import { createStore } from './store.ts'

/** Colours of the page. */
export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** What a person chose for this browser. */
export interface Preferences {
  readonly language: Language
  readonly theme: Theme
}

const KEY = 'lvs-warden'

/** The present choice; written to the browser's own storage, nowhere else. */
export const preferences = createStore<Preferences>(read())

/** Chooses, and shows it. */
export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences.get(), ...change }
  preferences.set(next)
  show(next)
  try {
    localStorage.setItem(KEY, JSON.stringify(next))
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
}

/** Puts the choice into the page. */
export function show({ language, theme }: Preferences): void {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language
  document.documentElement.dataset['theme'] = theme
}

function read(): Preferences {
  const fallback = { language: chooseLanguage(navigator.languages), theme: 'auto' } as const
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
    return {
      language: Object.hasOwn(LANGUAGES, kept.language ?? '')
        ? (kept.language as Language)
        : fallback.language,
      theme: THEMES.find((theme) => theme === kept.theme) ?? 'auto',
    }
  } catch {
    return fallback
  }
}
