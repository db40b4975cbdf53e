import { afterEach, describe, expect, test } from 'vitest'
import {
  type Objections,
  WindowKeeper,
} from '../../../../services/controller/maintenance/window-keeper.ts'
import { createMemoryBus } from '../../../../services/shared/adapters/memory-bus.ts'
import type { MaintenanceWindow } from '../../../../services/shared/domain/maintenance-window.ts'
import {
  type Outage,
  type Override,
  overrideKey,
} from '../../../../services/shared/domain/override.ts'
import { silentLogger } from '../../../../services/shared/runtime/logger.ts'

const MINUTE_MS = 60_000
const OPENS = Date.UTC(2026, 10, 22, 3)
const NIGHT: MaintenanceWindow = {
  name: 'night',
  start: { type: 'cron', expression: '0 3 * * 0', timeZone: 'UTC' },
  forMs: 30 * MINUTE_MS,
  act: 'maintenance',
  targets: [{ server: 'web1' }, { service: 'web', server: 'web2' }],
  reason: 'updates',
}

let bus = createMemoryBus()

afterEach(async () => {
  await bus.close()
  bus = createMemoryBus()
})

/** A monitor that does what its windows ask for; `restart` is another one on the same store. */
async function startMonitor(
  windows: readonly MaintenanceWindow[],
  overrides = new Map<string, Override>(),
  objectionsTo: Objections = () => [],
) {
  const keeper = new WindowKeeper(await bus.keyValue('windows'), silentLogger)
  await bus.settled()
  keeper.setFile(windows)
  return {
    keeper,
    overrides,
    restart: (now = windows) => startMonitor(now, overrides, objectionsTo),
    /** Lets the overrides end whose time is up, and says what the windows took out: `web1 1800s`. */
    tick(at: number): readonly string[] {
      for (const [key, { until }] of overrides) {
        if (until !== undefined && until <= at) overrides.delete(key)
      }
      const { due, held } = keeper.due(overrides, objectionsTo, at)
      const done = due.flatMap(({ request, settled }) => {
        const { verb, targets, owner, reason, forMs = 0 } = request
        settled(true)
        return targets.map((target) => {
          const override = { kind: verb as Outage['kind'], ...target, owner, reason, since: at }
          overrides.set(overrideKey(target), { ...override, until: at + forMs })
          return `${verb} ${overrideKey(target)} ${forMs / 1000}s`
        })
      })
      return [...done, ...held.map(({ target, why }) => `holds back ${target}: ${why}`)]
    },
  }
}

function drainOf(server: string, until?: number): [string, Override] {
  const override = { kind: 'drain', server, owner: 'alice', reason: '', since: OPENS } as const
  return [server, { ...override, ...(until !== undefined && { until }) }]
}

describe('a window', () => {
  test('takes its real servers out when it opens, once, for as long as it is open', async () => {
    const { tick } = await startMonitor([NIGHT])
    expect(tick(OPENS - 1)).toEqual([])
    expect(tick(OPENS)).toEqual(['maintenance web1 1800s', 'maintenance web/web2 1800s'])
    expect(tick(OPENS + 1000)).toEqual([])
    expect(tick(OPENS + 30 * MINUTE_MS)).toEqual([])
  })

  test('opens again the next time', async () => {
    const { tick } = await startMonitor([NIGHT])
    tick(OPENS)
    const week = 7 * 24 * 60 * MINUTE_MS
    expect(tick(OPENS + week)).toEqual(['maintenance web1 1800s', 'maintenance web/web2 1800s'])
  })

  test('that opened while the monitor was down opens late and closes in time', async () => {
    const { tick } = await startMonitor([NIGHT])
    expect(tick(OPENS + 10 * MINUTE_MS)[0]).toBe('maintenance web1 1200s')
  })

  test('that opened and closed while the monitor was down does nothing', async () => {
    const { tick } = await startMonitor([NIGHT])
    expect(tick(OPENS + 31 * MINUTE_MS)).toEqual([])
  })

  test('is not opened twice by a restart, even when somebody was enabled by hand', async () => {
    const monitor = await startMonitor([NIGHT])
    monitor.tick(OPENS)
    await bus.settled()
    monitor.overrides.delete('web1')
    expect((await monitor.restart()).tick(OPENS + MINUTE_MS)).toEqual([])
  })
})

describe('an operator', () => {
  test('who drains without an end is not overruled', async () => {
    const { tick, overrides } = await startMonitor([NIGHT], new Map([drainOf('web1')]))
    expect(tick(OPENS)).toEqual(['maintenance web/web2 1800s'])
    expect(overrides.get('web1')?.owner).toBe('alice')
  })

  test('whose drain ends by itself within the window hands over to it', async () => {
    const until = OPENS + 10 * MINUTE_MS
    const { tick } = await startMonitor([NIGHT], new Map([drainOf('web1', until)]))
    tick(OPENS)
    expect(tick(until - 1)).toEqual([])
    expect(tick(until)).toEqual(['maintenance web1 1200s'])
  })

  test('who ends a drain by hand while the window is open has the last word', async () => {
    const { tick, overrides } = await startMonitor([NIGHT], new Map([drainOf('web1')]))
    tick(OPENS)
    overrides.delete('web1')
    expect(tick(OPENS + MINUTE_MS)).toEqual([])
  })
})

describe('two windows for one real server', () => {
  const longer = { ...NIGHT, name: 'longer', forMs: 50 * MINUTE_MS, targets: [{ server: 'web1' }] }

  const shorter = { ...NIGHT, targets: [{ server: 'web1' }] }

  test.each([[[shorter, longer]], [[longer, shorter]]])(
    'keep it out until the later one closes, whichever is first',
    async (windows) => {
      const { tick } = await startMonitor(windows)
      expect(tick(OPENS)).toEqual(['maintenance web1 3000s'])
      expect(tick(OPENS + 30 * MINUTE_MS)).toEqual([])
    },
  )

  test('a window that opens again before it has closed lasts longer', async () => {
    const start = { type: 'cron', expression: '*/20 * * * *', timeZone: 'UTC' } as const
    const { tick, overrides } = await startMonitor([{ ...NIGHT, start }])
    tick(OPENS)
    tick(OPENS + 20 * MINUTE_MS)
    expect(overrides.get('web1')?.until).toBe(OPENS + 50 * MINUTE_MS)
  })
})

describe('a window that would break a guard', () => {
  /** One of them may go, not both. */
  const oneMayGo: Objections = (leaving) => (leaving.length > 1 ? ['50 % would be up'] : [])

  test('takes out whom it may and holds the others back until the rest can carry it', async () => {
    let isFull = true
    const objectionsTo: Objections = (leaving) => (isFull ? oneMayGo(leaving) : [])
    const { tick, keeper } = await startMonitor([NIGHT], new Map(), objectionsTo)
    const held = 'holds back web/web2: 50 % would be up'
    expect(tick(OPENS)).toEqual(['maintenance web1 1800s', held])
    const [window] = keeper.list(OPENS)
    expect(window?.held).toEqual([{ target: 'web/web2', why: '50 % would be up' }])
    isFull = false
    expect(tick(OPENS + 10 * MINUTE_MS)).toEqual(['maintenance web/web2 1200s'])
    expect(keeper.list(OPENS + 10 * MINUTE_MS)[0]?.held).toBeUndefined()
  })

  test('never takes out whom it could not until it closed', async () => {
    const { tick, keeper } = await startMonitor([NIGHT], new Map(), () => ['nobody is left'])
    expect(tick(OPENS)).toHaveLength(2)
    expect(tick(OPENS + 29 * MINUTE_MS)).toHaveLength(2)
    expect(tick(OPENS + 30 * MINUTE_MS)).toEqual([])
    expect(keeper.list(OPENS + 30 * MINUTE_MS)[0]?.held).toBeUndefined()
  })

  test('does it nevertheless with force', async () => {
    const windows = [{ ...NIGHT, force: true as const }]
    const { tick } = await startMonitor(windows, new Map(), () => ['nobody is left'])
    expect(tick(OPENS)).toEqual(['maintenance web1 1800s', 'maintenance web/web2 1800s'])
  })

  test('counts whom other windows take out in the same moment', async () => {
    const others = ['one', 'two'].map((name, index) => ({
      ...NIGHT,
      name,
      targets: [{ server: `web${index + 1}` }],
    }))
    const { tick } = await startMonitor(others, new Map(), oneMayGo)
    expect(tick(OPENS)).toEqual(['maintenance web1 1800s', 'holds back web2: 50 % would be up'])
  })
})

test('what could not be carried out is asked for again, also after a restart', async () => {
  const first = await startMonitor([NIGHT])
  const nothing = new Map<string, Override>()
  const ask = (monitor: typeof first) => monitor.keeper.due(nothing, () => [], OPENS).due
  const [failed] = ask(first)
  failed?.settled(false)
  const [again] = ask(first)
  expect(again?.request.targets).toEqual(NIGHT.targets)
  expect(ask(await first.restart())).toHaveLength(1)
  again?.settled(true)
  expect(ask(first)).toEqual([])
  await bus.settled()
  expect(ask(await first.restart())).toEqual([])
})

describe('windows of the command line', () => {
  const once: MaintenanceWindow = { ...NIGHT, name: 'disks', start: { type: 'once', at: OPENS } }

  test('are kept over restarts, open once and can be removed', async () => {
    const first = await startMonitor([])
    await first.keeper.add(once)
    const second = await first.restart()
    expect(second.keeper.list(OPENS - 1)).toMatchObject([
      { name: 'disks', source: 'command-line', opens: '2026-11-22T03:00:00.000Z' },
    ])
    expect(second.tick(OPENS)).toHaveLength(2)
    await second.keeper.remove('disks')
    await bus.settled()
    expect(second.keeper.list(OPENS)).toEqual([])
  })

  test('cannot take or remove a name of the cluster file, nor remove what is not there', async () => {
    const { keeper } = await startMonitor([NIGHT])
    const refused = { code: 'api.refused' }
    await expect(keeper.add({ ...once, name: 'night' })).rejects.toMatchObject(refused)
    await expect(keeper.remove('night')).rejects.toMatchObject(refused)
    await expect(keeper.remove('none')).rejects.toMatchObject({ code: 'api.unknown-target' })
  })

  test('with a cron expression that is none are refused', async () => {
    const { keeper } = await startMonitor([])
    const start = { type: 'cron', expression: 'at night', timeZone: 'UTC' } as const
    await expect(keeper.add({ ...once, start })).rejects.toMatchObject({ code: 'api.bad-request' })
  })
})
