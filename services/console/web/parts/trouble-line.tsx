import { useTranslate } from '../app-context.ts'
import { formatRoute, NO_FILTER } from '../core/route.ts'
import type { Trouble } from '../core/troubles.ts'
import { SeverityBadge } from './badge.tsx'

/** One sentence of what is wrong, with the way there. */
export function TroubleLine({ trouble }: { trouble: Trouble }) {
  const t = useTranslate()
  const { severity, key, params, named, service } = trouble
  const text = t(key, named === undefined ? params : { ...params, [named.param]: t(named.key) })
  return (
    <li>
      <SeverityBadge severity={severity} />
      {service === undefined ? (
        <span>{text}</span>
      ) : (
        <a href={formatRoute({ view: 'service', service, filter: NO_FILTER, range: '1h' })}>
          {text}
        </a>
      )}
    </li>
  )
}
