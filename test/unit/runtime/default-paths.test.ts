import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultPaths } from '../../../services/shared/runtime/default-paths.ts'

describe('the default paths', () => {
  test('of root are the system folders', () => {
    expect(defaultPaths({ uid: 0, env: { XDG_STATE_HOME: '/elsewhere' }, home: '/root' })).toEqual({
      stateDir: '/var/lib/lvs-warden',
      socketPath: '/run/lvs-warden/lvs-warden.sock',
    })
  })

  test('of a user follow the XDG folders', () => {
    const env = { XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/7' }
    expect(defaultPaths({ uid: 7, env, home: '/home/ann' })).toEqual({
      stateDir: '/s/lvs-warden',
      socketPath: '/run/user/7/lvs-warden.sock',
    })
  })

  test('of a user without them are in the home and the temporary folder', () => {
    expect(defaultPaths({ uid: 7, env: { XDG_STATE_HOME: '' }, home: '/home/ann' })).toEqual({
      stateDir: '/home/ann/.local/state/lvs-warden',
      socketPath: join(tmpdir(), 'lvs-warden-7', 'lvs-warden.sock'),
    })
  })
})
