import type { Why } from '../../../shared/wire/status.ts'
import { useTranslate } from '../app-context.ts'
import { Moment } from '../parts/time.tsx'

/** Where an effective weight comes from: the same answer as `lvsctl why`. */
export function Provenance({ why }: { why: Why }) {
  const t = useTranslate()
  const { because, server, checks, overrides, placed, directors, changes = [] } = why
  return (
    <section aria-labelledby="why">
      <h2 id="why">{t('why.title')}</h2>
      <p class="answer">
        <strong>{t(`rule.${because}`)}</strong>
        <br />
        <span lang="en">{server.reason}</span>
      </p>
      <h3>{t('why.checks')}</h3>
      {checks.length === 0 && <p>{t('why.no-checks')}</p>}
      {checks.map((check) => (
        <Check key={`${check.label} ${check.target}`} check={check} />
      ))}
      {overrides.length > 0 && <h3>{t('why.operators')}</h3>}
      <ul class="plain">
        {overrides.map(({ kind, scope, owner, reason, since, until, weight }) => (
          <li key={`${kind} ${scope}`}>
            {t(`override.${kind}`, { owner, scope, weight: weight ?? '' })}
            {reason !== '' && <q>{reason}</q>}
            <span class="faint">
              <Moment at={since} />
              {until !== undefined && (
                <>
                  {' → '}
                  <Moment at={until} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <h3>{t('why.kernels')}</h3>
      <ul class="plain">
        {directors.map(({ name, weight }) => (
          <li key={name}>
            {weight === null ? t('why.no-row', { name }) : t('why.row', { name, weight })}
          </li>
        ))}
      </ul>
      <p class="faint">
        {t('why.placed', { generation: placed.generation })} <Moment at={placed.at} />
      </p>
      {changes.length > 0 && <h3>{t('why.changes')}</h3>}
      <ol class="events">
        {changes.map(({ at, message }) => (
          <li key={`${at} ${message}`}>
            <Moment at={at} />
            <span lang="en">{message}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Check({ check }: { check: Why['checks'][number] }) {
  const t = useTranslate()
  const { label, kind, target, verdict, streak, needed, rise, fall, last, silent, vantages } = check
  const shapes = { up: '✓', down: '×', unknown: '?' }
  const classes = { up: 'mark-serving', down: 'mark-down', unknown: 'mark-unknown' }
  return (
    <div class="check">
      <p>
        <span class={`badge ${classes[verdict]}`}>
          <span class="letter" aria-hidden="true">
            {shapes[verdict]}
          </span>
          {t(`verdict.${verdict}`)}
        </span>{' '}
        <strong>{label === kind ? kind : `${label} (${kind})`}</strong> <code>{target}</code>
      </p>
      {last === undefined ? (
        <p>{t('why.nothing-seen')}</p>
      ) : (
        <p>
          {last.outcome} {last.code !== undefined && <code>{last.code}</code>}{' '}
          <span lang="en">{last.detail}</span>{' '}
          <span class="faint">
            <Moment at={last.at} />, {Math.round(last.durationMs * 10) / 10} ms
          </span>
        </p>
      )}
      <p class="faint">{t('why.streak', { streak, needed, rise, fall })}</p>
      {silent && <p>{t('why.silent')}</p>}
      {vantages !== undefined && <Vantages vantages={vantages} />}
    </div>
  )
}

type VantageView = NonNullable<Why['checks'][number]['vantages']>[number]

function Vantages({ vantages }: { vantages: readonly VantageView[] }) {
  const t = useTranslate()
  return (
    <table class="rows small">
      <thead>
        <tr>
          <th scope="col">{t('why.vantage')}</th>
          <th scope="col">{t('why.verdict')}</th>
          <th scope="col">{t('why.last')}</th>
        </tr>
      </thead>
      <tbody>
        {vantages.map(({ vantage, prober, verdict, counts, why, last }) => (
          <tr key={vantage}>
            <th scope="row">
              {vantage}
              {prober !== undefined && <span class="faint">{prober}</span>}
            </th>
            <td data-label={t('why.verdict')}>
              {t(`verdict.${verdict}`)}
              {!counts && ` (${t('why.not-counted', { why: why ?? '' })})`}
            </td>
            <td data-label={t('why.last')}>
              {last !== undefined && (
                <>
                  {last.outcome} <span lang="en">{last.detail}</span>{' '}
                  <span class="faint">
                    <Moment at={last.at} />
                  </span>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
