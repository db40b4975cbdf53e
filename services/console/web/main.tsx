import { render } from 'preact'
import type { Session } from '../../shared/wire/access-api.ts'
import { ApiError, createClient } from './api/client.ts'
import { App } from './app.tsx'
import { AppPlace } from './app-context.ts'
import { createLive } from './live/live.ts'
import { preferences, show } from './preferences.ts'
import { createStore } from './store.ts'

/** Roles change while a page is open. */
const SESSION_CHECK_MS = 60_000

const session = createStore<Session | null | undefined>(undefined)
const client = createClient(() => session.set(null))
session.subscribe(() => client.prove(session.get()?.csrf))

/** Looks who is logged in; true when somebody is, or when that cannot be known now. */
async function check(): Promise<boolean> {
  try {
    const present = await client.ask('session', {})
    if (JSON.stringify(present) !== JSON.stringify(session.get())) session.set(present)
    return true
  } catch (error) {
    const isOut = error instanceof ApiError && error.status === 401
    if (!isOut && session.get() === undefined) session.set(null)
    return !isOut
  }
}

const live = createLive(check)
show(preferences.get())
setInterval(() => {
  if (session.get() && !document.hidden) void check()
}, SESSION_CHECK_MS)
void check()

const root = document.getElementById('app')
if (root !== null) {
  render(
    <AppPlace.Provider value={{ client, live, session }}>
      <App />
    </AppPlace.Provider>,
    root,
  )
}
