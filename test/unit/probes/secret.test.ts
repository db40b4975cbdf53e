import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CheckError } from '../../../probes/network-error.ts'
import { matches } from '../../../probes/pattern.ts'
import { readSecret, secretOption } from '../../../probes/secret.ts'

const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-secret-'))
const file = join(dir, 'secret')
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('readSecret()', () => {
  test('takes the text, a file or a variable of the environment', () => {
    expect(readSecret('open')).toBe('open')
    writeFileSync(file, 'from a file\r\n')
    expect(readSecret({ file })).toBe('from a file')
    process.env['LVS_WARDEN_TEST_SECRET'] = ' from outside '
    expect(readSecret({ env: 'LVS_WARDEN_TEST_SECRET' })).toBe(' from outside ')
    delete process.env['LVS_WARDEN_TEST_SECRET']
  })

  test('reads a file anew each time', () => {
    writeFileSync(file, 'old')
    expect(readSecret({ file })).toBe('old')
    writeFileSync(file, 'new\n\n')
    expect(readSecret({ file })).toBe('new\n')
  })

  test('a secret that is not to be had is trouble of our own', () => {
    writeFileSync(file, '\n')
    for (const secret of [{ file }, { file: join(dir, 'gone') }, { env: 'LVS_WARDEN_NOT_SET' }]) {
      try {
        readSecret(secret)
        expect.unreachable()
      } catch (error) {
        const outcome = error instanceof CheckError ? error.outcome : undefined
        expect(outcome).toMatchObject({ outcome: 'inconclusive', code: 'local.secret' })
      }
    }
  })

  test('is never empty, and says where it is in full', () => {
    for (const wrong of ['', {}, { file: 'relative' }, { env: 'A B' }, { file, env: 'A' }]) {
      expect(secretOption.safeParse(wrong).success).toBe(false)
    }
  })
})

test('a pattern that backtracks too long on an answer is trouble of our own', () => {
  expect(matches('^a+$', 'aaa')).toBe(true)
  expect(matches('^a+$', 'b')).toBe(false)
  expect(() => matches('^(a+)+$', `${'a'.repeat(40)}b`)).toThrow(/takes too long/)
})
