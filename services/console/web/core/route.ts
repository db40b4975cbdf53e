/** A view of the console, as a link says it. */
export type Route =
  | { readonly view: 'overview'; readonly filter: ListFilter }
  | {
      readonly view: 'service'
      readonly service: string
      readonly filter: ListFilter
      readonly range: Range
    }
  | {
      readonly view: 'server'
      readonly service: string
      readonly server: string
      readonly range: Range
    }
  | { readonly view: 'alerts' }
  | { readonly view: 'events'; readonly query: EventQuery }
  | { readonly view: 'audit'; readonly user: string }
  | { readonly view: 'setup'; readonly secret: string }

/** What of a list is shown, and in which order. */
export interface ListFilter {
  readonly text: string
  readonly sort: Sort
  readonly troubled: boolean
}

/** Which entries of the event log. */
export interface EventQuery {
  readonly service: string
  readonly server: string
  readonly type: string
}

/** Orders of a list. */
export const SORTS = ['trouble', 'name', 'capacity', 'connections', 'rate'] as const
export type Sort = (typeof SORTS)[number]

/** How far back charts go. */
export const RANGES = ['1h', '24h', '7d'] as const
export type Range = (typeof RANGES)[number]

/** Everything, the worst first. */
export const NO_FILTER: ListFilter = { text: '', sort: 'trouble', troubled: false }

/** Reads what stands behind the `#`; whatever is no view is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  const [head = '', first = '', second = ''] = path.split('/').slice(1).map(decode)
  const params = new URLSearchParams(query)
  const text = (name: string) => params.get(name) ?? ''
  if (head === 'setup') return { view: 'setup', secret: first }
  if (head === 'alerts') return { view: 'alerts' }
  if (head === 'audit') return { view: 'audit', user: text('user') }
  if (head === 'events') {
    const of = { service: text('service'), server: text('server'), type: text('type') }
    return { view: 'events', query: of }
  }
  const range = RANGES.find((each) => each === params.get('range')) ?? '1h'
  if (head === 'services' && second !== '') {
    return { view: 'server', service: first, server: second, range }
  }
  const filter = readFilter(params)
  if (head === 'services' && first !== '') return { view: 'service', service: first, filter, range }
  return { view: 'overview', filter }
}

/** The link of a view: `#/services/web?q=down`. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'overview':
      return link([], filterParams(route.filter))
    case 'service':
      return link(['services', route.service], {
        ...filterParams(route.filter),
        ...rangeParam(route),
      })
    case 'server':
      return link(['services', route.service, route.server], rangeParam(route))
    case 'alerts':
      return link(['alerts'], {})
    case 'events':
      return link(['events'], { ...route.query })
    case 'audit':
      return link(['audit'], { user: route.user })
    case 'setup':
      return link(['setup', route.secret], {})
  }
}

function readFilter(params: URLSearchParams): ListFilter {
  const sort = SORTS.find((each) => each === params.get('sort')) ?? 'trouble'
  return { text: params.get('q') ?? '', sort, troubled: params.get('troubled') === '1' }
}

function filterParams({ text, sort, troubled }: ListFilter): Record<string, string> {
  return {
    q: text,
    sort: sort === 'trouble' ? '' : sort,
    troubled: troubled ? '1' : '',
  }
}

function rangeParam({ range }: { readonly range: Range }): Record<string, string> {
  return range === '1h' ? {} : { range }
}

function link(path: readonly string[], params: Readonly<Record<string, string>>): string {
  const said = Object.entries(params).filter(([, value]) => value !== '')
  const query = new URLSearchParams(said).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
