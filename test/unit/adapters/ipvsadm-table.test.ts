import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type RunIpvsadm,
  runIpvsadm,
} from '../../../services/shared/adapters/ipvsadm/run-ipvsadm.ts'
import { createIpvsadmTable } from '../../../services/shared/adapters/ipvsadm-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'
import { at, head, row } from '../../contract/ipvs-table-builder.ts'

const WEB = at('tcp', '192.0.2.10', 80)
const SAVED = '-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1\n'

/** An ipvsadm that prints the same rules whatever it is told, and notes what that was. */
function deafIpvsadm(rules: string, restore: { status: number; stderr: string }) {
  const told: string[] = []
  const run: RunIpvsadm = async (args, input) => {
    const isRule = args[0] !== '-Sn' && args[0] !== '-Ln'
    if (isRule) told.push(input ?? args.join(' '))
    if (!isRule) return { status: 0, stdout: args[0] === '-Sn' ? rules : '', stderr: '' }
    return args[0] === '-R' ? { ...restore, stdout: '' } : { status: 0, stdout: '', stderr: '' }
  }
  return { told, table: createIpvsadmTable({ run }) }
}

const add = (octet: number): Change => ({
  type: 'add-server',
  service: WEB,
  server: row(`10.0.0.${octet}`, 80),
})

describe('the ipvsadm table', () => {
  test('reports what did not take effect although ipvsadm was content', async () => {
    const { table } = deafIpvsadm(SAVED, { status: 0, stderr: '' })
    expect(await table.apply([add(2)])).toEqual([
      {
        change: add(2),
        code: 'EINVAL',
        message:
          'add real server 10.0.0.2:80 of 192.0.2.10:80/tcp: ipvsadm left the table without it',
      },
    ])
  })

  test('reports a removal and an edit that did not take effect, with what ipvsadm said', async () => {
    const { table } = deafIpvsadm(SAVED, { status: 0, stderr: 'Memory allocation problem\n' })
    const server = row('10.0.0.1', 80, { weight: 5 })
    const edit: Change = { type: 'edit-server', service: WEB, server }
    expect(await table.apply([edit])).toMatchObject([
      { change: edit, message: expect.stringContaining('ipvsadm said: Memory allocation problem') },
    ])
    const removal: Change = { type: 'remove-service', service: WEB }
    expect(await table.apply([removal])).toMatchObject([{ change: removal }])
  })

  test('does not ask for what the kernel would refuse, and names the errno', async () => {
    const { table, told } = deafIpvsadm(SAVED, { status: 0, stderr: '' })
    expect(await table.apply([add(1)])).toMatchObject([{ code: 'EEXIST' }])
    expect(told).toEqual([])
  })

  test('tries each rule by itself where one has stopped the run', async () => {
    const { table, told } = deafIpvsadm(SAVED, { status: 2, stderr: 'what?\n' })
    await table.apply([add(2), add(3)])
    const rule = (octet: number) => `-a -t 192.0.2.10:80 -r 10.0.0.${octet}:80 -m -w 1 -x 0 -y 0`
    expect(told).toEqual([`${rule(2)}\n${rule(3)}\n`, rule(2), rule(3)])
  })

  test('refuses what ipvsadm would make something else of', async () => {
    const { table, told } = deafIpvsadm(SAVED, { status: 0, stderr: '' })
    const server = row('10.0.0.2', 8080, { forwarding: 'direct-route' })
    const failures = await table.apply([
      { type: 'add-server', service: WEB, server },
      { type: 'edit-service', service: head(WEB, { onePacket: true }) },
    ])
    expect(failures.map(({ message }) => message)).toEqual([
      'add real server 10.0.0.2:8080 of 192.0.2.10:80/tcp: ' +
        'ipvsadm would change the port to 80: only masquerade has a port of its own',
      'edit virtual service 192.0.2.10:80/tcp: ipvsadm allows one-packet only for UDP',
    ])
    expect(told).toEqual([])
  })

  test('describes the kernel by the heading of a listing', async () => {
    const stdout = 'IP Virtual Server version 1.2.1 (size=4096)\n'
    const table = createIpvsadmTable({ run: async () => ({ status: 0, stdout, stderr: '' }) })
    expect(await table.describe()).toEqual({ version: '1.2.1', connectionTableSize: 4096 })
  })
})

describe('runIpvsadm', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lvs-warden-ipvsadm-'))
    vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  function stub(script: string): void {
    const path = join(folder, 'ipvsadm')
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
  }

  test('hands over arguments and input, and gives back all that came of it', async () => {
    stub('echo "$@"; cat; echo hm >&2; exit 3')
    expect(await runIpvsadm(['-R', 'a b'], 'rules\n')).toEqual({
      status: 3,
      stdout: '-R a b\nrules\n',
      stderr: 'hm\n',
    })
  })

  test('does not mind a program that ends before it has read its input', async () => {
    stub('exec <&-; exit 1')
    expect(await runIpvsadm(['-R'], 'rule\n'.repeat(100_000))).toMatchObject({ status: 1 })
  })

  test.each([
    ['Protocol not available', 'ipvs.no-kernel', 'modprobe ip_vs'],
    ['Permission denied (you must be root)', 'ipvs.permission', 'CAP_NET_ADMIN'],
  ])('says what to do about "%s"', async (said, code, advice) => {
    stub(`echo "Can't initialize ipvs: ${said}" >&2; exit 2`)
    await expect(runIpvsadm(['-Sn'])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(advice),
    })
  })

  test('says what to install where there is no ipvsadm', async () => {
    vi.stubEnv('PATH', folder)
    await expect(runIpvsadm(['-Sn'], '', [folder])).rejects.toMatchObject({
      code: 'ipvs.no-ipvsadm',
      message: expect.stringContaining('install the package ipvsadm'),
    })
  })
})
