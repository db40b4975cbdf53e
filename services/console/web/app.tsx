import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../../shared/wire/access-api.ts'
import type { Status } from '../../shared/wire/status.ts'
import { useApp, useTranslate } from './app-context.ts'
import { NO_FILTER, type Route } from './core/route.ts'
import { Login, Setup } from './pages/login.tsx'
import { Overview } from './pages/overview.tsx'
import { ServerPage } from './pages/server.tsx'
import { ServicePage } from './pages/service.tsx'
import { Shell } from './parts/shell.tsx'
import { place } from './place.ts'
import { useStore } from './store.ts'

/** The whole page. */
export function App() {
  const t = useTranslate()
  const { session: store } = useApp()
  const session = useStore(store, (present) => present)
  const route = useStore(place, (present) => present)
  const [wasIn, setWasIn] = useState(false)
  useEffect(() => {
    if (session) setWasIn(true)
  }, [session])
  if (route.view === 'setup' && !session) return <Setup secret={route.secret} />
  if (session === undefined) return <Loading text={t('app.loading')} />
  if (session === null) return <Login wasIn={wasIn} />
  return <Inside session={session} route={route} />
}

function Inside({ session, route }: { session: Session; route: Route }) {
  const t = useTranslate()
  const { live } = useApp()
  const status = useStore(live.state, (state) => state.status)
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  useEffect(() => {
    document.title = `${session.cluster} – ${t('app.title')}`
  }, [session.cluster, t])
  return (
    <Shell session={session} route={route}>
      {status === undefined ? <p>{t('app.loading')}</p> : <View status={status} route={route} />}
    </Shell>
  )
}

function View({ status, route }: { status: Status; route: Route }) {
  switch (route.view) {
    case 'service':
      return (
        <ServicePage
          status={status}
          name={route.service}
          filter={route.filter}
          range={route.range}
        />
      )
    case 'overview':
      return <Overview status={status} filter={route.filter} />
    case 'server': {
      const { service, server, range } = route
      return (
        <ServerPage key={`${service}/${server}`} {...{ status, service, range }} name={server} />
      )
    }
    default:
      return <Overview status={status} filter={NO_FILTER} />
  }
}

function Loading({ text }: { text: string }) {
  return (
    <main class="door">
      <p role="status">{text}</p>
    </main>
  )
}
