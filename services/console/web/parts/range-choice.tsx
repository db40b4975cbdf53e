import { useTranslate } from '../app-context.ts'
import { RANGES, type Range } from '../core/route.ts'

/** How far back: links, so that each has its address. */
export function RangeChoice({ range, linkOf }: { range: Range; linkOf: (to: Range) => string }) {
  const t = useTranslate()
  return (
    <nav class="ranges" aria-label={t('history.range')}>
      {RANGES.map((each) => (
        <a key={each} href={linkOf(each)} aria-current={each === range ? 'true' : undefined}>
          {t(`range.${each}`)}
        </a>
      ))}
    </nav>
  )
}
