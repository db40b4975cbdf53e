import { expect, test } from 'vitest'
import { httpStatus } from '../../../services/console/http-status.ts'

test.each([
  ['api.bad-request', 400],
  ['api.unknown-target', 404],
  ['api.too-large', 413],
  ['api.refused', 409],
  ['bus.refused', 500],
  ['bus.no-responder', 503],
  ['bus.timeout', 504],
  ['wire.invalid', 502],
  ['table.no-privilege', 500],
])('%s is HTTP status %i', (code, status) => {
  expect(httpStatus(code)).toBe(status)
})
