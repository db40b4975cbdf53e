import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forAudit } from '../../../services/console/core/for-audit.ts'

test('secrets are masked at any depth', () => {
  const request = { user: 'anna', password: 'p', deep: [{ oldPassword: 'q', apiToken: 't' }] }
  expect(forAudit(request)).toEqual({
    user: 'anna',
    password: '***',
    deep: [{ oldPassword: '***', apiToken: '***' }],
  })
})

test('what is long is cut and says so', () => {
  expect(forAudit('x'.repeat(1000))).toBe(`${'x'.repeat(300)}… (700 more characters)`)
  expect(forAudit(new Array(300).fill(0))).toContain('… (200 more)')
})

test('whatever is asked, the line stays small', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      expect(() => JSON.stringify(forAudit(value))).not.toThrow()
    }),
  )
  let deep: unknown = 'bottom'
  for (let level = 0; level < 10_000; level++) deep = [deep]
  expect(JSON.stringify(forAudit(deep)).length).toBeLessThan(100)
})
