import { beforeEach, describe, expect, it } from 'vitest'
import { createMemorySysctlStore } from '../../../services/shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { SysctlState, Sysctls } from '../../../services/shared/domain/sysctl.ts'
import type { SysctlStore } from '../../../services/shared/ports/sysctl-store.ts'
import { ServiceError } from '../../../services/shared/runtime/service-error.ts'
import { createDirectorWorld, type DirectorWorld } from '../../support/director-world.ts'

let world: DirectorWorld
let store: SysctlStore

beforeEach(() => {
  world = createDirectorWorld()
  store = createMemorySysctlStore()
})

const start = (sysctls: SysctlStore = store) => world.start(createMemoryTable(), { sysctls })

let generation = 0
const want = (sysctls?: Sysctls) => {
  generation++
  return world.want({ epoch: 1, generation, services: [], ...(sysctls && { sysctls }) })
}

function reported(name: string): SysctlState | undefined {
  return world.reports.at(-1)?.sysctls.find((one) => one.name === name)
}

describe('settings of the kernel', () => {
  it('are reported before anybody asks for one', async () => {
    await start()
    await world.pause()
    expect(reported('conn_reuse_mode')).toEqual({ name: 'conn_reuse_mode', value: 1 })
    expect(reported('expire_nodest_conn')).toEqual({ name: 'expire_nodest_conn', value: 0 })
  })

  it('are set with the table that asks for them', async () => {
    await start()
    await want({ expire_nodest_conn: 1 })
    expect((await store.read()).get('expire_nodest_conn')).toBe(1)
    expect(reported('expire_nodest_conn')).toEqual({
      ...{ name: 'expire_nodest_conn', value: 1, wanted: 1 },
    })
    expect(world.log).toContainEqual([
      'info',
      'set a setting of the kernel',
      { sysctl: 'net.ipv4.vs.expire_nodest_conn', found: 0, wanted: 1 },
    ])
  })

  it('are set again within five seconds when somebody changes them, which is reported once', async () => {
    await start()
    await want({ expire_nodest_conn: 1 })
    await store.write('expire_nodest_conn', 0)
    await world.seconds(5)
    expect((await store.read()).get('expire_nodest_conn')).toBe(1)
    await world.seconds(10)
    const message = 'net.ipv4.vs.expire_nodest_conn was 1 and somebody else made it 0'
    expect(world.reports.flatMap(({ drift }) => drift)).toEqual([
      { what: 'expire_nodest_conn', was: '1', now: '0', message },
    ])
  })

  it('stay as they are when nobody asks for them any longer, and when the agent ends', async () => {
    const director = await start()
    await want({ expire_nodest_conn: 1 })
    await want()
    await world.seconds(5)
    await director.stop()
    expect((await store.read()).get('expire_nodest_conn')).toBe(1)
    expect(reported('expire_nodest_conn')).toEqual({ name: 'expire_nodest_conn', value: 1 })
  })

  it('that cannot be set are reported for as long as that lasts, said once, and tried again', async () => {
    let isReadOnly = true
    const message = '/proc/sys is read-only here'
    await start({
      ...store,
      write: (name, value) =>
        isReadOnly
          ? Promise.reject(new ServiceError('sysctl.read-only', message))
          : store.write(name, value),
    })
    await want({ expire_nodest_conn: 1, conn_reuse_mode: 1 })
    await world.seconds(20)
    expect(reported('expire_nodest_conn')).toMatchObject({ value: 0, wanted: 1, problem: message })
    expect(reported('conn_reuse_mode')).toEqual({ name: 'conn_reuse_mode', value: 1, wanted: 1 })
    expect(world.log.filter(([level]) => level === 'error')).toHaveLength(1)
    isReadOnly = false
    await world.seconds(5)
    expect(reported('expire_nodest_conn')).toEqual({
      ...{ name: 'expire_nodest_conn', value: 1, wanted: 1 },
    })
    expect(world.reports.flatMap(({ drift }) => drift)).toEqual([])
  })

  it('that this kernel has not are a problem, not a crash', async () => {
    await start({ read: async () => new Map(), write: store.write })
    await want({ conntrack: 1 })
    expect(world.reports.at(-1)?.sysctls).toEqual([
      { name: 'conntrack', wanted: 1, problem: 'this kernel has no net.ipv4.vs.conntrack' },
    ])
  })
})
