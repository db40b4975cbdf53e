import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProcSysctlStore } from '../../services/shared/adapters/proc-sysctl-store.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lvs-warden-sysctls-'))
  writeFileSync(join(folder, 'expire_nodest_conn'), '0\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('settings are read and written as the files that they are', async () => {
  const store = createProcSysctlStore(folder)
  expect([...(await store.read())]).toEqual([['expire_nodest_conn', 0]])
  await store.write('expire_nodest_conn', 1)
  expect(readFileSync(join(folder, 'expire_nodest_conn'), 'utf8')).toBe('1\n')
})

test('one that this kernel does not have is not made', async () => {
  await expect(createProcSysctlStore(folder).write('conn_reuse_mode', 1)).rejects.toMatchObject({
    code: 'sysctl.missing',
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'where they are mounted read-only, as in a container, the way out is said',
  async () => {
    const bound = spawnSync('mount', ['--bind', folder, folder])
    expect(bound.status).toBe(0)
    try {
      expect(spawnSync('mount', ['-o', 'remount,bind,ro', folder]).status).toBe(0)
      await expect(
        createProcSysctlStore(folder).write('expire_nodest_conn', 1),
      ).rejects.toMatchObject({
        code: 'sysctl.read-only',
        message: expect.stringContaining(
          'run "sysctl -w net.ipv4.vs.expire_nodest_conn=1" on the host',
        ),
      })
    } finally {
      spawnSync('umount', [folder])
    }
  },
)
