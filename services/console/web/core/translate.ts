import { type Catalogue, en, type MessageKey } from './messages/en.ts'
import { zh } from './messages/zh.ts'

/** Languages of the console, by what a browser calls them. */
export const LANGUAGES = { en: 'English', zh: '简体中文' } as const
export type Language = keyof typeof LANGUAGES

/** What is filled into a text. */
export type Params = Readonly<Record<string, string | number>>

/** A text by its name, in one language. */
export type Translate = (key: MessageKey, params?: Params) => string

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, zh }
const PLACE = /\{(?<name>\w+)(?:\|(?<one>[^|}]*)\|(?<many>[^}]*))?\}/g

/** Texts of one language; numbers are written as there. */
export function translator(language: Language): Translate {
  const catalogue = CATALOGUES[language]
  const numbers = new Intl.NumberFormat(language)
  const write = (value: string | number) =>
    typeof value === 'number' ? numbers.format(value) : value
  return (key, params = {}) =>
    catalogue[key].replace(PLACE, (_, name: string, one?: string, many?: string) => {
      const value = params[name] ?? ''
      if (one === undefined || many === undefined) return write(value)
      return (value === 1 ? one : many).replace('#', write(value))
    })
}

/** The first of a browser's languages that the console speaks. */
export function chooseLanguage(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase())
  return known.find((tag): tag is Language => tag in LANGUAGES) ?? 'en'
}
