import { useTranslate } from '../app-context.ts'

/** What share of the configured weight serves, and where the panic threshold is. */
export function Capacity({ share, panic }: { share: number; panic: number | undefined }) {
  const t = useTranslate()
  const percent = Math.round(100 * share)
  const kind = share >= 1 ? 'full' : panic !== undefined && share < panic ? 'panic' : 'less'
  return (
    <span class="capacity">
      <span class={`bar bar-${kind}`} aria-hidden="true">
        <span class="fill" style={{ width: `${percent}%` }} />
        {panic !== undefined && panic > 0 && (
          <span class="threshold" style={{ left: `${Math.round(100 * panic)}%` }} />
        )}
      </span>
      <span class="number">{t('capacity.text', { percent })}</span>
    </span>
  )
}
