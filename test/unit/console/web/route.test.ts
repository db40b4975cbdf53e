import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatRoute,
  NO_FILTER,
  parseRoute,
  RANGES,
  type Route,
  SORTS,
} from '../../../../services/console/web/core/route.ts'

const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => isWellFormed(text))
const filter = fc.record({
  text: fc.string({ unit: 'grapheme' }).filter(isWellFormed),
  sort: fc.constantFrom(...SORTS),
  troubled: fc.boolean(),
})
const range = fc.constantFrom(...RANGES)
const query = fc.record({ service: name, server: name, type: name })
const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.record({ view: fc.constant('overview' as const), filter }),
  fc.record({ view: fc.constant('service' as const), service: name, filter, range }),
  fc.record({
    view: fc.constant('server' as const),
    service: name,
    server: name,
    range,
  }),
  fc.record({ view: fc.constant('events' as const), query }),
  fc.record({ view: fc.constant('audit' as const), user: name }),
  fc.record({ view: fc.constant('setup' as const), secret: name }),
)

/** Half of a surrogate pair is no text that a link could carry. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

test('the link of any view leads back to it', () => {
  fc.assert(
    fc.property(routes, (route) => {
      expect(parseRoute(formatRoute(route))).toEqual(route)
    }),
  )
})

test('whatever stands in the address bar is some view', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(formatRoute(parseRoute(`#${text}`))).toMatch(/^#\//)
    }),
  )
})

test.each([
  ['', { view: 'overview', filter: NO_FILTER }],
  ['#/?q=down&sort=name&troubled=1', { view: 'overview' }],
  ['#/services/web', { view: 'service', service: 'web', filter: NO_FILTER, range: '1h' }],
  ['#/services/web/web1', { view: 'server', service: 'web', server: 'web1', range: '1h' }],
  [
    '#/services/a%2Fb/c%20d?range=7d',
    { view: 'server', service: 'a/b', server: 'c d', range: '7d' },
  ],
  ['#/services/%E0%A4%A', { view: 'service', service: '%E0%A4%A' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toMatchObject(route)
})
