import { expect, test } from 'vitest'
import { runCli } from '../../services/cli/program.ts'
import { api } from '../../services/shared/wire/api.ts'
import { createFakeSystem } from '../support/fake-system.ts'
import { NOON, status } from './lvsctl-data.ts'
import { createFakeIo, startStubDaemon } from './lvsctl-support.ts'

type Settings = Readonly<Record<string, number>>

/** What `lvsctl doctor` says of the directors that a monitor knows, by name. */
async function parityOf(directors: Readonly<Record<string, Settings>>): Promise<readonly string[]> {
  await using daemon = await startStubDaemon()
  const [lvs1] = status().directors
  if (lvs1 === undefined) throw new Error('a status without a director')
  daemon.answer(api.revisions, () => ({ current: 0, revisions: [] }))
  daemon.answer(api.status, () =>
    status({
      at: NOON,
      directors: Object.entries(directors).map(([name, sysctls]) => ({ ...lvs1, name, sysctls })),
    }),
  )
  const io = {
    ...createFakeIo({ env: { LVSCTL_SOCKET: daemon.socketPath } }),
    system: createFakeSystem({}),
  }
  await runCli(['doctor', '--role', 'director', '--json'], io)
  const answer: {
    readonly findings: readonly {
      readonly check: string
      readonly verdict: string
      readonly evidence: string
    }[]
  } = JSON.parse(io.written.out)
  return answer.findings
    .filter(({ check }) => check === 'parity')
    .map(({ verdict, evidence }) => `${verdict}: ${evidence}`)
}

test('directors whose kernels are set otherwise are told apart by the setting', async () => {
  const differing = await parityOf({
    lvs1: { conn_reuse_mode: 1, expire_nodest_conn: 1, sync_qlen_max: 4096 },
    lvs2: { conn_reuse_mode: 1, expire_nodest_conn: 0, sync_qlen_max: 8192 },
    lvs3: {},
  })
  expect(differing).toEqual([
    'warning: net.ipv4.vs.expire_nodest_conn differs: 1 on lvs1, 0 on lvs2; settle it for all ' +
      'directors by sysctls in the cluster file',
  ])
})

test('directors whose kernels are set alike are well', async () => {
  const settings = { conn_reuse_mode: 1, expire_nodest_conn: 1 }
  expect(await parityOf({ lvs1: settings, lvs2: settings })).toEqual([
    'ok: the same net.ipv4.vs on lvs1, lvs2',
  ])
})

test('one director has nobody to be compared with', async () => {
  expect(await parityOf({ lvs1: { conn_reuse_mode: 1 } })).toEqual([
    'skipped: no two directors have reported a kernel',
  ])
})
