import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../../services/cli/create-program.ts'
import { ENVIRONMENT, EXIT_CODES, FILES } from '../../../services/cli/help-text.ts'
import { programVersion } from '../../../services/shared/runtime/program-version.ts'
import { createWardenProgram } from '../../../services/warden-program.ts'
import { createFakeIo } from '../../acceptance/lvsctl-support.ts'
import { manPage } from '../../support/man-page.ts'

const FOLDER = join(import.meta.dirname, '../../../docs/man')
const version = programVersion()
const rootPaths = {
  stateDir: '/var/lib/lvs-warden',
  socketPath: '/run/lvs-warden/lvs-warden.sock',
}

const pages = {
  'lvsctl.1': manPage({
    program: createProgram({ io: createFakeIo(), exitCode: 0 }),
    section: 1,
    version,
    about: [
      'Asks and orders the lvs-warden of this machine over a local socket, or the one that lvsctl login named over HTTPS.',
      'TARGET is a real server in all its services (web1), or in one of them (web/web1). Every command but completion takes --json.',
    ],
    lists: [
      ['EXIT STATUS', EXIT_CODES],
      ['ENVIRONMENT', ENVIRONMENT],
      ['FILES', FILES],
    ],
    seeAlso: ['lvs-warden(8)', 'ipvsadm(8)'],
  }),
  'lvs-warden.8': manPage({
    program: createWardenProgram(rootPaths),
    section: 8,
    version,
    about: [
      'Watches the real servers of Linux Virtual Server clusters and keeps the IPVS tables right. Whatever happens to it, the kernel goes on serving by the table as it is.',
      'SIGTERM and SIGINT end it and leave the table alone; SIGHUP makes a standalone monitor read its cluster file again.',
    ],
    lists: [
      [
        'FILES',
        [
          [
            rootPaths.stateDir,
            'overrides, events, revisions of the cluster file, users, own certificate',
          ],
          [rootPaths.socketPath, 'where lvsctl of this machine talks to it'],
        ],
      ],
    ],
    seeAlso: ['lvsctl(1)', 'ipvsadm(8)'],
  }),
}

describe.each(Object.entries(pages))('the man page %s', (name, made) => {
  const file = join(FOLDER, name)

  test('is made from the command line as it is (REWRITE=1 writes it)', () => {
    if (process.env['REWRITE'] === '1') {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(file, made)
    }
    expect(readFileSync(file, 'utf8')).toBe(made)
  })

  test.skipIf(spawnSync('man', ['--version']).error !== undefined)(
    'renders without a warning',
    () => {
      const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' }
      const args = ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', file]
      const { stderr, status } = spawnSync('man', args, { env, encoding: 'utf8' })
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
      const text = execFileSync('man', ['-l', '-P', 'cat', file], { env, encoding: 'utf8' })
      expect(text).toContain('COMMANDS')
    },
  )
})

test('the page of lvsctl has every command of the help', () => {
  for (const command of ['status', 'users add NAME', 'tokens revoke ID', 'completion SHELL']) {
    expect(pages['lvsctl.1']).toContain(`.SS ${command}`)
  }
  expect(pages['lvsctl.1']).not.toContain('.SS complete ')
})
