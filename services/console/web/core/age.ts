import type { Translate } from './translate.ts'

/** `3 min`, `2 h`: the largest unit that fits. */
export function formatAge(ms: number, t: Translate): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return t('age.s', { n: seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return t('age.m', { n: minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return t('age.h', { n: hours })
  return t('age.d', { n: Math.floor(hours / 24) })
}
