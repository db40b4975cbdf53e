import { useTranslate } from '../app-context.ts'
import { LETTERS, type Mark } from '../core/server-mark.ts'

/** A state as letter, colour and word. */
export function MarkBadge({ mark }: { mark: Mark }) {
  const t = useTranslate()
  return (
    <span class={`badge mark-${mark}`}>
      <span class="letter" aria-hidden="true">
        {LETTERS[mark]}
      </span>
      {t(`state.${mark}`)}
    </span>
  )
}

const SHAPES = { critical: '■', warning: '▲', note: '●' } as const

/** How bad something is, as shape, colour and word. */
export function SeverityBadge({ severity }: { severity: keyof typeof SHAPES }) {
  const t = useTranslate()
  return (
    <span class={`severity severity-${severity}`}>
      <span aria-hidden="true">{SHAPES[severity]}</span>
      <span class="severity-word">{t(`severity.${severity}`)}</span>
    </span>
  )
}
