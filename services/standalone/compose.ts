import { createAlerter } from '../alerter/alerter.ts'
import { createConsole } from '../console/console.ts'
import type { HttpsOptions } from '../console/https/https-door.ts'
import { createRevisionKeeper } from '../console/revision-keeper.ts'
import { createController } from '../controller/controller.ts'
import { createDirector } from '../director/director.ts'
import { createHistorian } from '../historian/historian.ts'
import { createProberService } from '../prober/prober-service.ts'
import type { ChannelSettings } from '../shared/domain/channel.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { Notifier } from '../shared/ports/notifier.ts'
import type { SysctlStore } from '../shared/ports/sysctl-store.ts'
import { createHealthServer } from '../shared/runtime/health-server.ts'
import type { ListenAddress } from '../shared/runtime/listen-address.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { createMetrics } from '../shared/runtime/metrics.ts'
import { createReadiness } from '../shared/runtime/readiness.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import type { Reloaded } from '../shared/wire/api.ts'
import { type ClusterFileSource, openClusterFile } from './cluster-file-source.ts'

/** What `lvs-warden standalone` is told. */
export interface StandaloneConfig {
  readonly clusterFile: string
  readonly socketPath: string
  /** Name of this director, of its prober and of its controller: the host's. */
  readonly name: string
  readonly clearOnExit: boolean
  /** Looks and says what it would do, and writes nothing to the table. */
  readonly shadow?: boolean
  /** The only folder whose programs are run as hooks; none are without it. */
  readonly hooks?: string
  /** Where `/healthz`, `/readyz` and `/metrics` are answered; nowhere by default. */
  readonly http?: ListenAddress
  /** Where operators log in over the network; nowhere by default. */
  readonly https?: HttpsOptions
}

/** The doors of the one process. */
export interface StandalonePorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly table: IpvsTable
  readonly sysctls: SysctlStore
  /** Opens a channel of the cluster file, to tell people; nobody is told without it. */
  readonly openChannel?: (settings: ChannelSettings) => Notifier
  /** Where history is kept; nowhere without it. */
  readonly history?: History
  /** Shows the person at the machine the link by which the first administrator comes in. */
  readonly showSetupLink?: (link: string) => void
}

/** The whole system in one process. */
export interface Standalone extends Service {
  /** Reads the cluster file again; a bad one changes nothing. */
  reload(by: string): Promise<Reloaded>
}

/**
 * Every service on one bus in one process. `start` throws a `ServiceError` for a cluster file with
 * errors, a table that cannot be used or a socket that is taken.
 */
export function createStandalone(config: StandaloneConfig, ports: StandalonePorts): Standalone {
  const started: Service[] = []
  const readiness = createReadiness()
  const metrics = createMetrics({ withProcess: config.http !== undefined })
  let source: ClusterFileSource | undefined
  let isReady = false

  async function begin(service: Service): Promise<void> {
    started.unshift(service)
    await service.start()
  }

  const service = createService({
    async start() {
      source = await openClusterFile(config.clusterFile, ports)
      const { name, clearOnExit, shadow = false, hooks, socketPath, http, https } = config
      const told = { ...ports, metrics, readiness }
      const { cluster } = source
      readiness.add('start', () => (isReady ? undefined : 'not started yet'))
      if (http !== undefined) {
        const about = { service: 'standalone', name, readiness, metrics }
        await begin(createHealthServer({ listen: http, ...about }))
      }
      // The controller first: it must hear the director's first report, which holds the table to
      // adopt.
      await begin(createController({ cluster, name }, told))
      await source.publish()
      await begin(
        createDirector({ cluster, name, clearOnExit, shadow, ...(hooks && { hooks }) }, told),
      )
      const { history, openChannel } = ports
      if (history !== undefined) {
        await begin(createHistorian({ cluster, name }, { ...told, history }))
      }
      if (openChannel !== undefined) {
        await begin(createAlerter({ cluster, name }, { ...told, openChannel }))
      }
      await begin(createProberService({ cluster, name, vantage: name, listenMs: 0 }, told))
      await begin(createRevisionKeeper({ cluster, followedFile: config.clusterFile }, ports))
      await begin(createConsole({ cluster, socketPath, ...(https && { https }) }, told))
      isReady = true
      ports.logger.info({ cluster, socket: socketPath, table: ports.table.name }, 'ready')
    },
    async stop() {
      source?.close()
      for (const part of started) await part.stop()
      await ports.bus.close()
    },
  })
  return {
    ...service,
    reload(by) {
      if (source === undefined) throw new Error('reload before start')
      return source.reload(by)
    },
  }
}
