import { formatRoute, parseRoute, type Route } from './core/route.ts'
import { createStore } from './store.ts'

/** Where in the console this page is; the address bar has the same. */
export const place = createStore<Route>(parseRoute(location.hash))

addEventListener('hashchange', () => {
  if (formatRoute(place.get()) !== location.hash) place.set(parseRoute(location.hash))
})

/** Goes to a view; the way back leads here. */
export function go(route: Route): void {
  location.hash = formatRoute(route)
  place.set(route)
}

/** Another filter of the same view: no step for the way back. */
export function amend(route: Route): void {
  history.replaceState(null, '', formatRoute(route))
  place.set(route)
}
