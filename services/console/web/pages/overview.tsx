import { useMemo, useRef } from 'preact/hooks'
import type { DirectorStatus, Status } from '../../../shared/wire/status.ts'
import { useTranslate } from '../app-context.ts'
import { type ListedService, listServices } from '../core/list-view.ts'
import { formatRoute, type ListFilter, NO_FILTER } from '../core/route.ts'
import { parityOf } from '../core/service-row.ts'
import { memo } from '../memo.ts'
import { Capacity } from '../parts/capacity.tsx'
import { ListFilterBar } from '../parts/list-filter.tsx'
import { focusFirstRow, moveAmongRows } from '../parts/row-keys.ts'
import { HealthStrip } from '../parts/strip.tsx'
import { WindowedBody } from '../parts/windowed.tsx'
import { amend } from '../place.ts'
import { WrongNow } from './wrong-now.tsx'

/** What is wrong now, then every virtual service. */
export function Overview({ status, filter }: { status: Status; filter: ListFilter }) {
  const t = useTranslate()
  const { services } = status
  const listed = useMemo(() => listServices(services, filter), [services, filter])
  const table = useRef<HTMLTableElement>(null)
  return (
    <>
      <h1 class="unseen">{t('nav.overview')}</h1>
      <WrongNow status={status} />
      <section aria-labelledby="services">
        <h2 id="services">{t('services.title')}</h2>
        <ListFilterBar
          filter={filter}
          shown={listed.length}
          total={services.length}
          onChange={(next) => amend({ view: 'overview', filter: next })}
          onLeave={() => focusFirstRow(table.current)}
        />
        {listed.length === 0 ? (
          <p>{services.length === 0 ? t('services.empty') : t('services.none')}</p>
        ) : (
          <ServiceTable table={table} listed={listed} status={status} />
        )}
      </section>
    </>
  )
}

interface ServiceTableProps {
  readonly table: { current: HTMLTableElement | null }
  readonly listed: readonly ListedService[]
  readonly status: Status
}

function ServiceTable({ table, listed, status }: ServiceTableProps) {
  const t = useTranslate()
  const { directors, generation } = status
  return (
    <table ref={table} class="rows services" onKeyDown={moveAmongRows} aria-labelledby="services">
      <thead>
        <tr>
          <th scope="col">{t('column.service')}</th>
          <th scope="col">{t('column.capacity')}</th>
          <th scope="col">{t('column.servers')}</th>
          <th scope="col" class="number">
            {t('column.connections')}
          </th>
          <th scope="col" class="number">
            {t('column.rate')}
          </th>
          <th scope="col" class="number">
            {t('column.directors')}
          </th>
        </tr>
      </thead>
      <WindowedBody
        items={listed}
        columns={6}
        draw={({ row, matching }) => (
          <ServiceLine
            key={row.service.name}
            row={row}
            matching={matching.join(' ')}
            {...directorsOf(row, directors, generation)}
          />
        )}
      />
    </table>
  )
}

/** Two numbers in place of an object, so that a row knows when nothing changed. */
function directorsOf(
  { service }: ListedService['row'],
  directors: readonly DirectorStatus[],
  generation: number,
) {
  const { good, total } = parityOf(service, directors, generation)
  return { good, total }
}

interface ServiceLineProps {
  readonly row: ListedService['row']
  /** Names of real servers that the filter found, with a space between. */
  readonly matching: string
  readonly good: number
  readonly total: number
}

const ServiceLine = memo(({ row, matching, good, total }: ServiceLineProps) => {
  const t = useTranslate()
  const { service, capacity, active, inactive, rate, rank } = row
  const { name, address, panicThreshold } = service
  const href = formatRoute({ view: 'service', service: name, filter: NO_FILTER, range: '1h' })
  return (
    <tr class={`rank-${rank}`}>
      <th scope="row">
        <a class="row-link" href={href}>
          {name}
        </a>
        <span class="faint">{address}</span>
        {matching !== '' && <Matching service={name} names={matching.split(' ')} />}
      </th>
      <td data-label={t('column.capacity')}>
        <Capacity share={capacity} panic={panicThreshold} />
      </td>
      <td data-label={t('column.servers')}>
        <HealthStrip row={row} />
      </td>
      <td class="number" data-label={t('column.connections')}>
        <span title={t('connections.text', { active, inactive })}>{active.toLocaleString()}</span>
      </td>
      <td class="number" data-label={t('column.rate')}>
        {rate.toLocaleString(undefined, { maximumFractionDigits: 1 })}
      </td>
      <td class="number" data-label={t('column.directors')}>
        <span class={good < total ? 'short' : ''} title={t('parity.good', { good, total })}>
          {good < total && <span aria-hidden="true">▲ </span>}
          {t('parity.short', { good, total })}
        </span>
      </td>
    </tr>
  )
})

function Matching({ service, names }: { service: string; names: readonly string[] }) {
  const t = useTranslate()
  return (
    <span class="matching">
      {t('strip.matching')}
      {names.map((server) => (
        <a key={server} href={formatRoute({ view: 'server', service, server, range: '1h' })}>
          {server}
        </a>
      ))}
    </span>
  )
}
