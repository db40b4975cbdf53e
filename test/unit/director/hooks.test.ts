import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHooks } from '../../../services/director/hooks.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../../services/shared/adapters/system-clock.ts'
import type { Bus } from '../../../services/shared/ports/bus.ts'
import { createLogger } from '../../../services/shared/runtime/logger.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import {
  type HookOrder,
  type HookResult,
  hookOrderMessage,
  hookResultMessage,
} from '../../../services/shared/wire/hook-message.ts'
import { hookResultSubject, hookSubject } from '../../../services/shared/wire/subjects.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

const ABOUT = { hook: 'onDown', service: 'web', server: 'web1' } as const

let home: string
let folder: string
let bus: Bus
let clock: ManualClock
let hooks: Service | undefined
let results: HookResult[]
let heard: () => void = () => undefined

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hooks-'))
  folder = join(home, 'hooks')
  await mkdir(folder)
  clock = createManualClock()
  bus = createMemoryBus({
    clock: createSystemClock(),
    onError: (error) => {
      throw error
    },
  })
  results = []
  bus.subscribe(hookResultSubject('shop', '*'), (payload) => {
    results.push(hookResultMessage.decode(payload))
    heard()
  })
})

afterEach(async () => {
  await hooks?.stop()
  hooks = undefined
  await bus.close()
  await rm(home, { recursive: true })
})

async function start(at: string | undefined): Promise<void> {
  const logger = createLogger({ level: 'silent', pretty: false })
  hooks = createHooks({ cluster: 'shop', director: 'lb1', folder: at }, { bus, clock, logger })
  await hooks.start()
}

async function program(name: string, script: string, mode = 0o755): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), mode)
}

async function said(count: number): Promise<readonly HookResult[]> {
  while (results.length < count) await new Promise<void>((resolve) => (heard = resolve))
  return results
}

function order(command: readonly string[], environment: HookOrder['environment'] = {}): void {
  const message = hookOrderMessage.encode({ ...ABOUT, command, environment })
  bus.publish(hookSubject('shop', 'lb1'), message)
}

async function detailOf(...command: readonly string[]): Promise<string> {
  order(command)
  const [{ ok, detail } = { ok: undefined, detail: '' }] = await said(1)
  return `${ok} ${detail}`
}

test('a hook gets its arguments as they are and only its own environment', async () => {
  await program('tell', 'echo "$#:$2:$LVS_SERVER:$LVS_DIRECTOR:$HOME"')
  await start(folder)
  order(['tell', 'a', '$(reboot); "b'], { LVS_SERVER: 'web1' })
  expect(await said(1)).toEqual([
    { ...ABOUT, director: 'lb1', ok: true, detail: 'exit 0: 2:$(reboot); "b:web1:lb1:' },
  ])
})

test('a hook that fails is said, with the last line of its output', async () => {
  await program('tell', 'echo first; echo no route >&2; exit 3')
  await start(folder)
  expect(await detailOf('tell')).toBe('false exit 3: no route')
})

test('without a folder nothing is run, and that is said', async () => {
  await start(undefined)
  expect(await detailOf('tell')).toBe(
    'false tell is not run: this director was started without --hooks, so it runs none',
  )
})

test.each([
  ['../outside', 'want the name of a file in the hook folder, without a path'],
  ['..', 'want the name of a file in the hook folder, without a path'],
  ['missing', 'there is no such file in'],
  ['link', 'it leads out of'],
  ['sub', 'it is no file'],
  ['plain', 'it is not executable'],
  ['open', 'anybody may write to'],
])('%s is refused', async (name, why) => {
  await writeFile(join(home, 'outside'), '#!/bin/sh\n', { mode: 0o755 })
  await symlink(join(home, 'outside'), join(folder, 'link'))
  await mkdir(join(folder, 'sub'))
  await program('plain', 'exit 0', 0o644)
  await program('open', 'exit 0', 0o777)
  await start(folder)
  expect(await detailOf(name)).toContain(`false ${name} is not run: ${why}`)
})

test('a hook that hangs is killed with its children, and holds up no other', async () => {
  await program('hang', 'sleep 600 & sleep 600')
  await program('tell', 'echo done')
  await start(folder)
  order(['hang'])
  order(['tell'])
  expect(await said(1)).toMatchObject([{ ok: true, detail: 'exit 0: done' }])
  await clock.advance(30_000)
  expect((await said(2))[1]).toMatchObject({ ok: false, detail: 'killed at its deadline' })
})

test('so many wait and no more, and those that are too many are said', async () => {
  await program('hang', 'sleep 600')
  await start(folder)
  for (let i = 0; i < 105; i++) order(['hang'])
  expect(await said(1)).toMatchObject([{ ok: false, detail: 'not run: 100 others wait already' }])
})

test('stopping kills what runs', async () => {
  await program('hang', 'sleep 600')
  await start(folder)
  order(['hang'])
  await new Promise((resolve) => setImmediate(resolve))
  await hooks?.stop()
})
