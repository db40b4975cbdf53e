import { createPasswords } from '../../services/console/access/passwords.ts'
import { createConsole } from '../../services/console/console.ts'
import { createMemoryBus } from '../../services/shared/adapters/memory-bus.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { api } from '../../services/shared/wire/api.ts'
import type { Status } from '../../services/shared/wire/status.ts'
import { apiSubject } from '../../services/shared/wire/subjects.ts'
import { askLocally } from '../support/ask-locally.ts'
import { createWorkplace } from '../support/standalone.ts'
import { PASSWORD } from './web-place.ts'

/** A console with nothing behind it but a status that the test writes. */
export interface FakeConsole extends AsyncDisposable {
  readonly url: string
  status: Status
}

const PORTS = { host: '127.0.0.1' } as const

/** Starts it with an administrator `anna`; `port` 0 is any free one. */
export async function startFakeConsole(status: Status, port = 0): Promise<FakeConsole> {
  const workplace = createWorkplace()
  const bus = createMemoryBus()
  const handle = { url: '', status }
  bus.reply(apiSubject('shop', 'status'), () => api.status.response.encode(handle.status))
  const console = createConsole(
    {
      cluster: 'shop',
      socketPath: workplace.socket,
      https: { listen: { ...PORTS, port }, certificate: { stateDir: workplace.dir } },
    },
    { bus, clock: createSystemClock(), passwords: createPasswords(4) },
  )
  await console.start()
  await askLocally(workplace.socket, 'POST', '/v1/users', {
    ...{ name: 'anna', role: 'admin', password: PASSWORD },
  })
  handle.url = `https://127.0.0.1:${console.https()?.address.port}`
  return Object.assign(handle, {
    async [Symbol.asyncDispose]() {
      await console.stop()
      await bus.close()
      workplace[Symbol.dispose]()
    },
  })
}
