import type { RealServerStatus, Status } from '../../../shared/wire/status.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useTranslate } from '../app-context.ts'
import { formatRoute, NO_FILTER, type Range } from '../core/route.ts'
import { markOf } from '../core/server-mark.ts'
import { MarkBadge } from '../parts/badge.tsx'
import { Age } from '../parts/time.tsx'
import { CheckNow } from './check-now.tsx'
import { History } from './history.tsx'
import { Provenance } from './provenance.tsx'

interface ServerPageProps {
  readonly status: Status
  readonly service: string
  readonly name: string
  readonly range: Range
}

const EVERY_MS = 5000

/** One real server in one virtual service: why its weight is what it is, and how it was. */
export function ServerPage({ status, service, name, range }: ServerPageProps) {
  const t = useTranslate()
  const target = `${service}/${name}`
  const server = status.services
    .find((each) => each.name === service)
    ?.realServers.find((each) => each.name === name)
  // What the stream says of it is part of the key: news ask for the reason at once.
  const news = server && [server.reason, server.weight.effective, server.admin].join(' ')
  const options = { key: `${target} ${news}`, everyMs: EVERY_MS }
  const { value, error, again } = useAnswer('why', () => ({ target }), options)
  const why = value?.answers[0]
  return (
    <>
      <p class="way">
        <a href={formatRoute({ view: 'overview', filter: NO_FILTER })}>{t('nav.overview')}</a>
        {' › '}
        <a href={formatRoute({ view: 'service', service, filter: NO_FILTER, range: '1h' })}>
          {service}
        </a>
      </p>
      <h1>{t('server.title', { name })}</h1>
      {server === undefined && <p role="alert">{t('server.unknown', { name, service })}</p>}
      {server !== undefined && <Facts server={server} />}
      {error !== undefined && why === undefined && (
        <p role="alert">{t('error.refused', { message: error })}</p>
      )}
      {why !== undefined && server !== undefined && <Provenance why={why} />}
      {server !== undefined && <CheckNow target={target} onDone={again} />}
      <History
        target={target}
        isService={false}
        range={range}
        linkOf={(to) => formatRoute({ view: 'server', service, server: name, range: to })}
      />
    </>
  )
}

function Facts({ server }: { server: RealServerStatus }) {
  const t = useTranslate()
  const { address, port, zone, tier, weight, connections, rate = 0, healthSince } = server
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const { active, inactive, persistent } = connections
  const facts: readonly (readonly [string, preact.ComponentChildren])[] = [
    [t('column.state'), <MarkBadge key="" mark={markOf(server)} />],
    [t('server.since'), <Age key="" since={healthSince} />],
    [t('service.address'), <code key="">{place}</code>],
    [t('server.weight'), t('server.weights', { ...weight })],
    [t('column.connections'), t('server.connections', { active, inactive, persistent })],
    [t('column.rate'), rate.toLocaleString(undefined, { maximumFractionDigits: 1 })],
    ...(zone === undefined ? [] : [[t('server.zone'), zone] as const]),
    ...(tier === undefined ? [] : [[t('server.tier'), tier] as const]),
  ]
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
