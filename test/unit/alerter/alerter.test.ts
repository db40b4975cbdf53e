import { afterEach, expect, test } from 'vitest'
import { createAlerter } from '../../../services/alerter/alerter.ts'
import { createMemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import type { Alert } from '../../../services/shared/domain/alert.ts'
import type { Notice } from '../../../services/shared/ports/notifier.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import type { Service } from '../../../services/shared/runtime/service.ts'
import { alertBucketKey, alertMessage } from '../../../services/shared/wire/alert-message.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const DOWN: Alert = {
  key: 'no-server/web',
  severity: 'critical',
  message: 'web: nothing serves',
  since: 1000,
}
const SILENT: Alert = { key: 'silence/web', severity: 'warning', message: 'silence', since: 500 }
const running: Service[] = []

afterEach(async () => {
  for (const service of running.splice(0)) await service.stop()
})

function createWorld() {
  const clock = createManualClock()
  const bus = createMemoryBus({ clock })
  const notices: string[] = []
  const world = {
    notices,
    isWorking: true,
    async start(name: string): Promise<Service> {
      const notify = async ({ raised, over }: Notice) => {
        if (!world.isWorking) throw new Error('no')
        const words = [raised.map(({ key }) => `+${key}`), over.map(({ key }) => `-${key}`)]
        notices.push(words.flat().join(' '))
      }
      const notifiers = [{ name: 'webhook', notify, close: () => undefined }]
      const openChannel = () => {
        throw new Error('this file has no channels')
      }
      const ports = { bus, clock, logger: silentLogger, notifiers, openChannel }
      const service = createAlerter({ cluster: 'shop', name }, ports)
      running.push(service)
      await service.start()
      return service
    },
    async raise(alert: Alert): Promise<void> {
      const board = await bus.keyValue('shop-alerts')
      await board.put(alertBucketKey(alert.key), alertMessage.encode(alert))
    },
    async clear({ key }: Alert): Promise<void> {
      await (await bus.keyValue('shop-alerts')).delete(alertBucketKey(key))
    },
    async pass(seconds: number): Promise<void> {
      for (let step = 0; step < 10 * seconds; step++) {
        await bus.settled()
        await clock.advance(100)
      }
      await bus.settled()
    },
  }
  return world
}

test('people are told of an alert once, and once that it is over', async () => {
  const world = createWorld()
  await world.start('a')
  await world.raise(DOWN)
  await world.pass(10)
  await world.clear(DOWN)
  await world.pass(10)
  expect(world.notices).toEqual(['+no-server/web', '-no-server/web'])
})

test('what comes together is one notice, the worst first', async () => {
  const world = createWorld()
  await world.start('a')
  await world.raise(SILENT)
  await world.pass(1)
  await world.raise(DOWN)
  await world.pass(10)
  expect(world.notices).toEqual(['+no-server/web +silence/web'])
})

test('an alert that comes and goes before anybody is told is not worth a notice', async () => {
  const world = createWorld()
  await world.start('a')
  await world.pass(5)
  await world.raise(DOWN)
  await world.clear(DOWN)
  await world.pass(10)
  expect(world.notices).toEqual([])
})

test('of two alerters one tells, and the other takes over without telling it again', async () => {
  const world = createWorld()
  const first = await world.start('a')
  await world.start('b')
  await world.raise(DOWN)
  await world.pass(10)
  await first.stop()
  await world.raise(SILENT)
  await world.pass(20)
  expect(world.notices).toEqual(['+no-server/web', '+silence/web'])
})

test('what could not be told is told later, as it is then', async () => {
  const world = createWorld()
  await world.start('a')
  world.isWorking = false
  await world.raise(DOWN)
  await world.raise(SILENT)
  await world.pass(10)
  await world.clear(SILENT)
  world.isWorking = true
  await world.pass(120)
  expect(world.notices).toEqual(['+no-server/web'])
})

test('raised anew after it was over, an alert is told again', async () => {
  const world = createWorld()
  await world.start('a')
  await world.raise(DOWN)
  await world.pass(10)
  await world.raise({ ...DOWN, since: 9000 })
  await world.pass(10)
  expect(world.notices).toEqual(['+no-server/web', '+no-server/web'])
})
