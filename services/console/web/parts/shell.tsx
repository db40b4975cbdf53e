import type { ComponentChildren } from 'preact'
import type { Session } from '../../../shared/wire/access-api.ts'
import { useApp, useTranslate } from '../app-context.ts'
import { formatRoute, NO_FILTER, type Route } from '../core/route.ts'
import { useStore } from '../store.ts'
import { LiveNotice, LiveSign } from './live-sign.tsx'
import { Settings } from './settings.tsx'

/** What is around every view: where one is, who one is, and whether it is fresh. */
export function Shell({
  session,
  route,
  children,
}: {
  session: Session
  route: Route
  children: ComponentChildren
}) {
  const t = useTranslate()
  const { live } = useApp()
  const alerts = useStore(live.state, ({ status }) => status?.alerts.length ?? 0)
  const links = [
    ['overview', t('nav.overview'), formatRoute({ view: 'overview', filter: NO_FILTER })],
  ] as const
  const isHere = (view: string) =>
    route.view === view || (view === 'overview' && ['service', 'server'].includes(route.view))
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {t('app.skip')}
      </button>
      <header class="top" data-alerts={alerts}>
        <a class="brand" href={formatRoute({ view: 'overview', filter: NO_FILTER })}>
          <img src="./icon.svg" alt="" width="24" height="24" />
          <span>{session.cluster}</span>
        </a>
        <nav aria-label={t('nav.main')}>
          {links.map(([view, name, href]) => (
            <a key={view} href={href} aria-current={isHere(view) ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <LiveSign />
        <Settings session={session} />
      </header>
      <LiveNotice />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

/** No link: what stands behind the `#` is the view. */
function skip(): void {
  document.getElementById('content')?.focus()
}
