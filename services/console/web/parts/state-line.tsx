import { useTranslate } from '../app-context.ts'
import type { StateSpan } from '../core/chart-data.ts'
import { LETTERS, MARKS } from '../core/server-mark.ts'

/** States over time as a line of stretches, and how much of the time each had. */
export function StateLine({ spans }: { spans: readonly StateSpan[] }) {
  const t = useTranslate()
  const total = spans.reduce((sum, { from, to, mark }) => (mark ? sum + to - from : sum), 0)
  const shares = MARKS.flatMap((mark) => {
    const own = spans.filter((span) => span.mark === mark)
    const length = own.reduce((sum, { from, to }) => sum + to - from, 0)
    if (length === 0) return []
    const percent = Math.round((1000 * length) / total) / 10
    return [t('history.share', { state: t(`state.${mark}`), percent })]
  })
  if (total === 0) return <p class="faint">{t('history.nothing')}</p>
  return (
    <>
      <div class="state-line" aria-hidden="true">
        {spans.map(({ from, to, mark }) => (
          <span
            key={from}
            class={mark === undefined ? '' : `mark-${mark}`}
            style={{ flexGrow: to - from }}
          >
            {mark !== undefined && LETTERS[mark]}
          </span>
        ))}
      </div>
      <p class="faint">{shares.join(', ')}</p>
    </>
  )
}
