import { expect, test } from 'vitest'
import { ownerName } from '../../../services/cli/owner.ts'

test('behind sudo or doas the person gives the order, not root', () => {
  expect(ownerName({ SUDO_USER: 'anna' }, () => 'root')).toBe('anna')
  expect(ownerName({ DOAS_USER: 'anna' }, () => 'root')).toBe('anna')
  expect(ownerName({}, () => 'root')).toBe('root')
})

test('an identity without a name is its number', () => {
  const nameless = () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }
  expect(ownerName({}, nameless)).toBe(`uid ${process.getuid?.()}`)
})
