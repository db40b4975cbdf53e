import { expect, test } from 'vitest'
import { CSRF_HEADER, PATHS, STREAM_PATH } from '../../../../services/console/web/api/paths.ts'
import { CSRF_HEADER as WANTED } from '../../../../services/shared/wire/access-api.ts'
import {
  ACCESS_ROUTES,
  API_ROUTES,
  PLAIN_ROUTES,
} from '../../../../services/shared/wire/api-routes.ts'

test('the page asks where the API answers', () => {
  const routes = { ...API_ROUTES, ...ACCESS_ROUTES }
  for (const [verb, path] of Object.entries(PATHS)) {
    const route = routes[verb as keyof typeof routes]
    expect(path).toEqual([route.method, route.path])
  }
  expect(STREAM_PATH).toBe(PLAIN_ROUTES.stream.path)
  expect(CSRF_HEADER).toBe(WANTED)
})
