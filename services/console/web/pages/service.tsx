import { useMemo, useRef } from 'preact/hooks'
import type { RealServerStatus, ServiceStatus, Status } from '../../../shared/wire/status.ts'
import { useTranslate } from '../app-context.ts'
import { listServers } from '../core/list-view.ts'
import { formatRoute, type ListFilter, NO_FILTER, type Range } from '../core/route.ts'
import { markOf } from '../core/server-mark.ts'
import { parityOf, rowOf } from '../core/service-row.ts'
import { troublesOf } from '../core/troubles.ts'
import { memo } from '../memo.ts'
import { MarkBadge } from '../parts/badge.tsx'
import { Capacity } from '../parts/capacity.tsx'
import { ListFilterBar } from '../parts/list-filter.tsx'
import { focusFirstRow, moveAmongRows } from '../parts/row-keys.ts'
import { HealthStrip } from '../parts/strip.tsx'
import { TroubleLine } from '../parts/trouble-line.tsx'
import { WindowedBody } from '../parts/windowed.tsx'
import { amend } from '../place.ts'
import { History } from './history.tsx'

interface ServicePageProps {
  readonly status: Status
  readonly name: string
  readonly filter: ListFilter
  readonly range: Range
}

/** One virtual service: what is wrong, its facts, its real servers. */
export function ServicePage({ status, name, filter, range }: ServicePageProps) {
  const t = useTranslate()
  const service = status.services.find((each) => each.name === name)
  if (service === undefined) return <p role="alert">{t('service.unknown', { name })}</p>
  const troubles = troublesOf({ ...status, services: [service] })
  return (
    <>
      <p class="way">
        <a href={formatRoute({ view: 'overview', filter: NO_FILTER })}>{t('nav.overview')}</a>
      </p>
      <h1>{t('service.title', { name })}</h1>
      <ul class="sentences">
        {troubles
          .filter((trouble) => trouble.service === name)
          .map((trouble) => (
            <TroubleLine key={trouble.key} trouble={trouble} />
          ))}
      </ul>
      <Facts service={service} status={status} />
      <Servers service={service} filter={filter} range={range} />
      <History
        target={name}
        isService={true}
        range={range}
        linkOf={(to) => formatRoute({ view: 'service', service: name, filter, range: to })}
      />
    </>
  )
}

function Facts({ service, status }: { service: ServiceStatus; status: Status }) {
  const t = useTranslate()
  const row = rowOf(service)
  const { panicThreshold, sorryServer, quorum } = service
  const parity = parityOf(service, status.directors, status.generation)
  const { active, inactive } = row
  const facts: readonly (readonly [string, preact.ComponentChildren])[] = [
    [t('service.address'), <code key="">{service.address}</code>],
    [t('service.scheduler'), <code key="">{service.scheduler}</code>],
    [t('service.forwarding'), t(`forwarding.${service.forwarding}`)],
    [t('column.capacity'), <Capacity key="" share={row.capacity} panic={panicThreshold} />],
    [t('column.servers'), <HealthStrip key="" row={row} />],
    [t('column.connections'), t('connections.text', { active, inactive })],
    [t('service.directors'), t('parity.good', { ...parity })],
  ]
  const percent = panicThreshold === undefined ? 0 : Math.round(100 * panicThreshold)
  const more: readonly (readonly [string, string])[] = [
    ...(percent > 0 ? [[t('service.panic'), t('capacity.text', { percent })] as const] : []),
    ...(quorum === undefined
      ? []
      : [[t('service.quorum'), t('service.quorum-text', quorum)] as const]),
    ...(sorryServer === undefined ? [] : [[t('service.sorry'), sorryText(sorryServer)] as const]),
  ]
  return (
    <dl class="facts">
      {[...facts, ...more].map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )

  function sorryText({ address, serving }: { address: string; serving: boolean }): string {
    return serving ? t('service.sorry-serving', { address }) : address
  }
}

interface ServersProps {
  readonly service: ServiceStatus
  readonly filter: ListFilter
  readonly range: Range
}

function Servers({ service, filter, range }: ServersProps) {
  const t = useTranslate()
  const { name, realServers } = service
  const listed = useMemo(() => listServers(realServers, filter), [realServers, filter])
  const table = useRef<HTMLTableElement>(null)
  return (
    <section aria-labelledby="servers">
      <h2 id="servers">{t('service.servers')}</h2>
      <ListFilterBar
        filter={filter}
        shown={listed.length}
        total={realServers.length}
        onChange={(next) => amend({ view: 'service', service: name, filter: next, range })}
        onLeave={() => focusFirstRow(table.current)}
      />
      <table ref={table} class="rows servers" onKeyDown={moveAmongRows} aria-labelledby="servers">
        <thead>
          <tr>
            <th scope="col">{t('column.server')}</th>
            <th scope="col">{t('column.state')}</th>
            <th scope="col" class="number">
              {t('column.weight')}
            </th>
            <th scope="col" class="number">
              {t('column.connections')}
            </th>
            <th scope="col" class="number">
              {t('column.rate')}
            </th>
            <th scope="col">{t('column.reason')}</th>
          </tr>
        </thead>
        <WindowedBody
          items={listed}
          columns={6}
          draw={(server) => <ServerLine key={server.name} service={name} {...plain(server)} />}
        />
      </table>
    </section>
  )
}

/** Values in place of objects, so that a line knows when nothing changed. */
function plain(server: RealServerStatus) {
  const { name, address, port, zone = '', weight, connections, rate = 0, reason } = server
  return {
    ...{ name, zone, rate, reason, mark: markOf(server) },
    address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    configured: weight.configured,
    effective: weight.effective,
    active: connections.active,
    inactive: connections.inactive,
  }
}

const ServerLine = memo((server: ReturnType<typeof plain> & { readonly service: string }) => {
  const t = useTranslate()
  const { service, name, mark, configured, effective, active, inactive } = server
  const href = formatRoute({ view: 'server', service, server: name, range: '1h' })
  return (
    <tr>
      <th scope="row">
        <a class="row-link" href={href}>
          {name}
        </a>
        <span class="faint">
          {server.address} {server.zone}
        </span>
      </th>
      <td data-label={t('column.state')}>
        <MarkBadge mark={mark} />
      </td>
      <td class="number" data-label={t('column.weight')}>
        {effective === configured ? configured : `${effective} / ${configured}`}
      </td>
      <td class="number" data-label={t('column.connections')}>
        <span title={t('connections.text', { active, inactive })}>{active.toLocaleString()}</span>
      </td>
      <td class="number" data-label={t('column.rate')}>
        {server.rate.toLocaleString(undefined, { maximumFractionDigits: 1 })}
      </td>
      <td class="reason" lang="en" data-label={t('column.reason')}>
        {server.reason}
      </td>
    </tr>
  )
})
