import { expect, test } from 'vitest'
import { errnoName } from '../../../services/shared/adapters/errno-name.ts'

test.each([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [11, 'EAGAIN'],
  [95, 'EOPNOTSUPP'],
  [105, 'ENOBUFS'],
  [4095, 'E4095'],
])('errno %i is %s', (errno, name) => {
  expect(errnoName(errno)).toBe(name)
})
