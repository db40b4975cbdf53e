import { useState } from 'preact/hooks'
import type { Status } from '../../../shared/wire/status.ts'
import { useTranslate } from '../app-context.ts'
import { type Trouble, troublesOf } from '../core/troubles.ts'
import { SeverityBadge } from '../parts/badge.tsx'
import { Age } from '../parts/time.tsx'
import { TroubleLine } from '../parts/trouble-line.tsx'

/** So many sentences fit above the services; the rest comes on demand. */
const FEW = 6

/** What is wrong now, in words, the worst first. */
export function WrongNow({ status }: { status: Status }) {
  const t = useTranslate()
  const all = troublesOf(status)
  const wrong = all.filter(({ severity }) => severity !== 'note')
  const notes = all.filter(({ severity }) => severity === 'note')
  const servers = new Set(status.services.flatMap(({ realServers }) => realServers.map(nameOf)))
  const isWell = wrong.length === 0 && status.alerts.length === 0
  return (
    <section class={isWell ? 'now now-well' : 'now'} aria-labelledby="now">
      <h2 id="now">{t('now.title')}</h2>
      {isWell && (
        <p class="well">
          <span aria-hidden="true">✓ </span>
          {t('now.nothing', { services: status.services.length, servers: servers.size })}
        </p>
      )}
      <Sentences troubles={wrong} />
      {status.alerts.length > 0 && <Alerts alerts={status.alerts} />}
      {notes.length > 0 && <h3>{t('now.on-purpose')}</h3>}
      <Sentences troubles={notes} />
    </section>
  )
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

function Sentences({ troubles }: { troubles: readonly Trouble[] }) {
  const { shown, more } = useFew(troubles)
  return (
    <>
      <ul class="sentences">
        {shown.map((trouble) => (
          <TroubleLine
            key={`${trouble.key} ${trouble.service} ${Object.values(trouble.params)[0]}`}
            trouble={trouble}
          />
        ))}
      </ul>
      {more}
    </>
  )
}

function Alerts({ alerts }: { alerts: Status['alerts'] }) {
  const t = useTranslate()
  const rank = { critical: 0, warning: 1 }
  const sorted = [...alerts].sort((one, other) => rank[one.severity] - rank[other.severity])
  const { shown, more } = useFew(sorted)
  return (
    <>
      <h3>{t('now.alerts')}</h3>
      <ul class="sentences">
        {shown.map(({ key, severity, message, since }) => (
          <li key={key}>
            <SeverityBadge severity={severity} />
            <span lang="en">{message}</span>
            <span class="faint">
              <Age since={since} />
            </span>
          </li>
        ))}
      </ul>
      {more}
    </>
  )
}

/** The first few, and a button for the rest. */
function useFew<T>(items: readonly T[]) {
  const t = useTranslate()
  const [isOpen, setOpen] = useState(false)
  const rest = items.length - FEW
  if (isOpen || rest <= 0) return { shown: items, more: null }
  const more = (
    <button type="button" class="more" onClick={() => setOpen(true)}>
      {t('now.more', { n: rest })}
    </button>
  )
  return { shown: items.slice(0, FEW), more }
}
