import type { ApartFlags } from '../shared/process/apart-options.ts'
import { runApart } from '../shared/process/run-apart.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { createConsole } from './console.ts'
import { type HttpsFlags, readHttpsFlags } from './https/https-flags.ts'
import { createRevisionKeeper } from './revision-keeper.ts'
import { showSetupLink } from './session/show-setup-link.ts'

/** The command line of `lvs-warden console`. */
export interface ConsoleFlags extends ApartFlags, HttpsFlags {
  readonly socket: string
  readonly state: string
}

/** Runs the operators' API until a signal ends it. */
export async function runConsole({ socket, state, ...flags }: ConsoleFlags): Promise<void> {
  const https = readHttpsFlags(flags, state)
  await runApart('console', flags, ({ cluster, ports }) =>
    both(
      createRevisionKeeper({ cluster }, ports),
      createConsole(
        { cluster, socketPath: socket, ...(https && { https }) },
        { ...ports, showSetupLink },
      ),
    ),
  )
}

function both(first: Service, second: Service): Service {
  return createService({
    async start() {
      await first.start()
      await second.start()
    },
    async stop() {
      await second.stop()
      await first.stop()
    },
  })
}
