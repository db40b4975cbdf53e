import { describe, expect, test } from 'vitest'
import { en } from '../../../../services/console/web/core/messages/en.ts'
import { zh } from '../../../../services/console/web/core/messages/zh.ts'
import { chooseLanguage, translator } from '../../../../services/console/web/core/translate.ts'
import { readSources } from '../../../support/source-files.ts'

const names = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort()

describe('the catalogues', () => {
  test('have the same texts, none of them empty', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
    for (const text of [...Object.values(en), ...Object.values(zh)])
      expect(text.trim()).not.toBe('')
  })

  test('fill the same values into each text', () => {
    const different = Object.keys(en).filter(
      (key) =>
        names(en[key as keyof typeof en]).join() !== names(zh[key as keyof typeof en]).join(),
    )
    expect(different).toEqual([])
  })

  test('are in two languages: what is the same in both is no word', () => {
    const same = Object.entries(en).filter(([key, text]) => zh[key as keyof typeof en] === text)
    expect(
      same.map(([, text]) => text).filter((text) => /[a-z]{3}/i.test(text.replace(/\{\w+\}/g, ''))),
    ).toEqual(['LVS Warden'])
  })

  test('have no text that nothing shows', () => {
    const code = readSources(['services/console/web'], ['.ts', '.tsx'])
      .filter(({ path }) => !path.includes('/messages/'))
      .map(({ text }) => text)
      .join('\n')
    const isShown = (key: string) => {
      const [group] = key.split('.')
      return code.includes(`'${key}'`) || code.includes(`\`${group}.\${`)
    }
    expect(Object.keys(en).filter((key) => !isShown(key))).toEqual([])
  })
})

describe('a text', () => {
  const t = translator('en')

  test('has values filled in, and numbers as the language writes them', () => {
    expect(t('trouble.out', { service: 'web', out: 2, n: 1200, c: 83 })).toBe(
      'web: 2 of 1,200 real servers out; 83 % of capacity left',
    )
  })

  test('says one and many differently', () => {
    expect(t('note.operators', { service: 'web', n: 1 })).toBe(
      'web: 1 real server taken out by operators',
    )
    expect(t('note.operators', { service: 'web', n: 3 })).toBe(
      'web: 3 real servers taken out by operators',
    )
  })

  test('is not fooled by a value that looks like a place', () => {
    expect(t('error.refused', { message: '{message}' })).toBe('Refused: {message}')
  })
})

test.each([
  [['zh-CN', 'en'], 'zh'],
  [['de-DE', 'en-US'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
] as const)('of the languages %j the console takes %s', (wanted, chosen) => {
  expect(chooseLanguage(wanted)).toBe(chosen)
})
