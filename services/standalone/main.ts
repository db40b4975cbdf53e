import { type HttpsFlags, readHttpsFlags } from '../console/https/https-flags.ts'
import { showSetupLink } from '../console/session/show-setup-link.ts'
import { createMemoryBus } from '../shared/adapters/memory-bus.ts'
import { channelOpener } from '../shared/adapters/notifiers/channel-opener.ts'
import { openHistory } from '../shared/adapters/open-history.ts'
import { createSystemClock } from '../shared/adapters/system-clock.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { History } from '../shared/ports/history.ts'
import { reportOrDie } from '../shared/process/report-or-die.ts'
import { openTable, type TableName } from '../shared/process/tables.ts'
import { type HistoryFlags, readHistorySettings } from '../shared/runtime/history-settings.ts'
import { nameOfHost } from '../shared/runtime/host-name.ts'
import { parseListenAddress } from '../shared/runtime/listen-address.ts'
import { createLogger, type Logger, type LogLevel } from '../shared/runtime/logger.ts'
import { runUntilSignal } from '../shared/runtime/run-until-signal.ts'
import { createStandalone } from './compose.ts'

/** The command line of `lvs-warden standalone`. */
export interface StandaloneOptions extends HttpsFlags, HistoryFlags {
  readonly cluster: string
  readonly table: TableName
  readonly state: string
  readonly socket: string
  readonly clearOnExit: boolean
  readonly shadow: boolean
  /** Folder of the programs that may be run as hooks. */
  readonly hooks?: string
  /** Folder of the programs that channels of alerts may run. */
  readonly alertPrograms?: string
  readonly logLevel: LogLevel
  /** `ADDR:PORT` for /healthz, /readyz and /metrics. */
  readonly http?: string
}

/** Runs the whole monitor in this process until a signal ends it. */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  const logger = createLogger({ level: options.logLevel, pretty: process.stdout.isTTY })
  const https = readHttpsFlags(options, options.state)
  const clock = createSystemClock()
  const bus = createMemoryBus({
    stateDir: options.state,
    clock,
    onError: (error, where) => reportOrDie(logger, error, where),
  })
  const history = await historyOrNone(options, clock, logger)
  const standalone = createStandalone(
    {
      clusterFile: options.cluster,
      socketPath: options.socket,
      name: nameOfHost('director'),
      clearOnExit: options.clearOnExit,
      shadow: options.shadow,
      ...(options.hooks && { hooks: options.hooks }),
      ...(options.http && { http: parseListenAddress('--http', options.http) }),
      ...(https && { https }),
    },
    {
      ...{ bus, clock, logger, ...(await openTable(options.table)), ...(history && { history }) },
      openChannel: channelOpener(clock, options.alertPrograms),
      showSetupLink,
    },
  )
  await runUntilSignal(standalone, {
    onHangup: () => {
      standalone.reload('SIGHUP').catch((error: unknown) => reportOrDie(logger, error, 'reload'))
    },
    onStopping: (signal) => logger.info({ signal, clear: options.clearOnExit }, 'stopping'),
  })
}

/** A monitor without a memory is better than none: only wrong options end the start. */
async function historyOrNone(
  options: StandaloneOptions,
  clock: Clock,
  logger: Logger,
): Promise<History | undefined> {
  const settings = readHistorySettings(options)
  try {
    return await openHistory(settings, { stateDir: options.state, clock, logger })
  } catch (error) {
    logger.error({ error }, 'no history is kept')
    return undefined
  }
}
