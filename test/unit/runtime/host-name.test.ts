import { expect, test } from 'vitest'
import { nameOfHost } from '../../../services/shared/runtime/host-name.ts'

test.each([
  ['lb1.example.test', 'lb1'],
  ['LB_1', 'LB_1'],
  ['größe.example', 'gr--e'],
  ['-x', 'x'],
  ['', 'prober'],
  ['...', 'prober'],
  ['a'.repeat(80), 'a'.repeat(63)],
])('a process on the host "%s" is called %s', (host, name) => {
  expect(nameOfHost('prober', host)).toBe(name)
})
