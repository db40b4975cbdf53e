import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { SysctlStore } from '../shared/ports/sysctl-store.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { Readiness } from '../shared/runtime/readiness.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { DirectorAgent } from './agent.ts'
import { DirectorMemory } from './director-memory.ts'
import { createHooks } from './hooks.ts'
import type { RebootGuard } from './reboot-guard.ts'
import { ShadowKeeper } from './shadow-keeper.ts'
import { TableKeeper } from './table-keeper.ts'

/** Which director this is. */
export interface DirectorConfig {
  readonly cluster: string
  readonly name: string
  /** Take our services out of the table when stopping; the table is kept otherwise. */
  readonly clearOnExit: boolean
  /** Looks and says what it would do, and writes nothing at all. */
  readonly shadow?: boolean
  /** The only folder whose programs are run as hooks; none are without it. */
  readonly hooks?: string
}

/** The doors it uses. */
export interface DirectorPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly table: IpvsTable
  readonly sysctls: SysctlStore
  /** Told when the table is not as it should be, and when no controller leads. */
  readonly readiness?: Readiness
  readonly metrics?: Metrics
  /** Brings the table over a reboot; it is not, without. */
  readonly guard?: Pick<RebootGuard, 'leaderHeard' | 'keep' | 'forget'>
}

/**
 * Makes the kernel's table as the controller wants it, reads it back and says what is there. Has no
 * opinion about health. Needs the bus to be told anything, never to keep what is there. `start`
 * throws the table's `ServiceError` when there is no IPVS or no right.
 */
export function createDirector(config: DirectorConfig, ports: DirectorPorts): Service {
  const { cluster, name } = config
  const { bus, clock, logger, table } = ports
  const memory = new DirectorMemory({ cluster, director: name, bus, clock, logger })
  const hooks = createHooks({ cluster, director: name, folder: config.hooks }, ports)
  const { guard, ...others } = ports
  const own = config.shadow === true || guard === undefined ? others : ports
  let agent: DirectorAgent | undefined
  return createService({
    async start() {
      const described = await table.describe()
      const actual = await table.read()
      await memory.open()
      const keeper =
        config.shadow === true
          ? new ShadowKeeper(table, actual)
          : new TableKeeper(table, memory, actual)
      agent = new DirectorAgent({ config, ports: own, keeper, memory, described })
      await agent.start()
      if (config.shadow !== true) await hooks.start()
    },
    async stop() {
      await hooks.stop()
      await agent?.stop()
      await memory.close()
      table.close()
    },
  })
}
