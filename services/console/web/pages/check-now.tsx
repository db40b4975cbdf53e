import { useState } from 'preact/hooks'
import type { CheckRun } from '../../../shared/wire/api.ts'
import { useApp, useTranslate } from '../app-context.ts'
import { mayOrder } from '../core/rights.ts'
import { useStore } from '../store.ts'

/** Runs the checks once and shows what was said; only for who may. */
export function CheckNow({ target, onDone }: { target: string; onDone: () => void }) {
  const t = useTranslate()
  const { client, session: store } = useApp()
  const session = useStore(store, (present) => present)
  const [runs, setRuns] = useState<readonly CheckRun[]>([])
  const [error, setError] = useState('')
  const [isBusy, setBusy] = useState(false)
  if (!session || !mayOrder(session, target)) return null

  async function run(): Promise<void> {
    setBusy(true)
    setError('')
    try {
      setRuns((await client.ask('check', { target })).runs)
      onDone()
    } catch (trouble) {
      setError(trouble instanceof Error ? trouble.message : String(trouble))
    } finally {
      setBusy(false)
    }
  }

  return (
    <section aria-labelledby="check">
      <h2 id="check">{t('check.title')}</h2>
      <button type="button" disabled={isBusy} onClick={() => void run()}>
        {isBusy ? t('check.running') : t('check.run')}
      </button>
      <div aria-live="polite">
        {error !== '' && <p class="error">{t('error.refused', { message: error })}</p>}
        {runs.map((each) => (
          <Run key={`${each.label} ${each.target}`} run={each} />
        ))}
      </div>
    </section>
  )
}

const ARROWS = { sent: '→', received: '←', note: '·' }

function Run({ run }: { run: CheckRun }) {
  const { label, target, outcome, code, detail, durationMs, prober, vantage, transcript } = run
  const from = [prober, vantage].filter(Boolean).join(', ')
  return (
    <div class="check">
      <p>
        <strong>{label}</strong> <code>{target}</code>: {outcome}{' '}
        {code !== undefined && <code>{code}</code>} <span lang="en">{detail}</span>{' '}
        <span class="faint">
          {Math.round(durationMs * 10) / 10} ms{from !== '' && `, ${from}`}
        </span>
      </p>
      {transcript.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
        <pre class="dialogue" tabIndex={0} lang="en">
          {transcript.map(({ direction, text }) => `${ARROWS[direction]} ${text}\n`).join('')}
        </pre>
      )}
    </div>
  )
}
