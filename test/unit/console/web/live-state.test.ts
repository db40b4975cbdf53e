import { expect, test } from 'vitest'
import {
  hear,
  type LiveState,
  NOTHING_HEARD,
} from '../../../../services/console/web/core/live-state.ts'
import { service, status } from '../../../acceptance/lvsctl-data.ts'

const services = [service({ name: 'a' }), service({ name: 'b' })]
const all = { ...status(), services }
const live: LiveState = hear(NOTHING_HEARD, { type: 'status', status: all }, 1000)

test('a change leaves everything else the very same', () => {
  const changed = service({ name: 'b', panic: true })
  const { status: after } = hear(live, { type: 'change', delta: { services: [changed] } }, 2000)
  expect(after?.services[0]).toBe(live.status?.services[0])
  expect(after?.services[1]).toBe(changed)
})

test('the whole after a break leaves what is as it was the very same, too', () => {
  const copy = structuredClone(all)
  const lost = hear(live, { type: 'lost' }, 2000)
  expect(lost).toMatchObject({ connection: 'stale', heardAt: 1000 })
  const back = hear(lost, { type: 'status', status: copy }, 3000)
  expect(back.status?.services[0]).toBe(live.status?.services[0])
  expect(back).toMatchObject({ connection: 'live', heardAt: 3000 })
})

test('a sign of life makes it live, but not while the status cannot be had', () => {
  expect(hear(live, { type: 'alive' }, 5000)).toMatchObject({ connection: 'live', heardAt: 5000 })
  const troubled = hear(live, { type: 'trouble', message: 'nobody answers' }, 2000)
  expect(troubled).toMatchObject({ connection: 'stale', trouble: 'nobody answers', heardAt: 1000 })
  expect(hear(troubled, { type: 'alive' }, 5000)).toMatchObject({ connection: 'stale' })
  expect(hear(troubled, { type: 'status', status: all }, 6000).trouble).toBeUndefined()
})

test('a change before any whole is not believed', () => {
  expect(hear(NOTHING_HEARD, { type: 'change', delta: { services: [] } }, 1)).toBe(NOTHING_HEARD)
  expect(hear(NOTHING_HEARD, { type: 'lost' }, 1).connection).toBe('connecting')
})
