import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { httpStatus } from '../../../services/console/http-status.ts'
import type { ApiRoute } from '../../../services/shared/wire/api-route.ts'
import {
  ACCESS_ROUTES,
  API_ROUTES,
  PLAIN_ROUTES,
} from '../../../services/shared/wire/api-routes.ts'

const PAGE = join(import.meta.dirname, '../../../docs/reference/api.md')
const BEGIN = '<!-- from here on made from services/shared/wire/api-routes.ts, not by hand -->\n'
const END = '<!-- to here -->\n'

function routesTable(): string {
  const verbs = Object.values<ApiRoute<never, never>>({ ...API_ROUTES, ...ACCESS_ROUTES })
  const rows = [
    ...Object.values(PLAIN_ROUTES).map(({ path, role, summary }) => [
      `GET ${path}`,
      role,
      '',
      summary,
    ]),
    ...verbs.map(({ method, path, role, touches, changes, summary }) => {
      const marks = [...(touches ? ['services'] : []), ...(changes ? ['audit'] : [])]
      return [`${method} ${path}`, role, marks.join(', '), summary]
    }),
  ]
  const lines = rows.map(([request, ...cells]) => `| \`${request}\` | ${cells.join(' | ')} |`)
  return ['| request | least role | | what for |', '|---|---|---|---|', ...lines, ''].join('\n')
}

test('docs/reference/api.md has every route with its role (REWRITE=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8')
  const [head = '', rest = ''] = page.split(BEGIN)
  const [, tail = ''] = rest.split(END)
  const made = `${head}${BEGIN}${routesTable()}${END}${tail}`
  if (process.env['REWRITE'] === '1') writeFileSync(PAGE, made)
  else expect(page).toBe(made)
})

test('the status that the page gives for a code is the one that is sent', () => {
  const page = readFileSync(PAGE, 'utf8')
  const rows = [...page.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)]
  const codes = rows.flatMap(([, status, text = '']) =>
    [...text.matchAll(/`([a-z]+\.[a-z-]+)`/g)].map(
      ([, code = '']) => [code, Number(status)] as const,
    ),
  )
  expect(codes.length).toBeGreaterThan(10)
  expect(codes.map(([code]) => [code, httpStatus(code)])).toEqual(codes)
})
