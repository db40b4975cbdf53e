import { hostname } from 'node:os'
import { type HttpsFlags, readHttpsFlags } from '../console/https/https-flags.ts'
import { createIpvsadmTable } from '../shared/adapters/ipvsadm-table.ts'
import { createKernelTable } from '../shared/adapters/kernel-table.ts'
import { createMemoryBus } from '../shared/adapters/memory-bus.ts'
import { createMemorySysctlStore } from '../shared/adapters/memory-sysctl-store.ts'
import { createMemoryTable } from '../shared/adapters/memory-table.ts'
import { createProcSysctlStore } from '../shared/adapters/proc-sysctl-store.ts'
import { createSystemClock } from '../shared/adapters/system-clock.ts'
import type { IpvsTable } from '../shared/ports/ipvs-table.ts'
import type { SysctlStore } from '../shared/ports/sysctl-store.ts'
import { parseListenAddress } from '../shared/runtime/listen-address.ts'
import { createLogger, type Logger, type LogLevel } from '../shared/runtime/logger.ts'
import { runUntilSignal } from '../shared/runtime/run-until-signal.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { createStandalone } from './compose.ts'

/** The adapters that `--table` chooses from. */
export const TABLES = {
  kernel: createKernelTable,
  ipvsadm: createIpvsadmTable,
  memory: createMemoryTable,
} as const satisfies Record<string, () => IpvsTable>

/** The kernel's settings beside a table: real ones where the table is. */
export function sysctlsOf(table: keyof typeof TABLES): SysctlStore {
  return table === 'memory' ? createMemorySysctlStore() : createProcSysctlStore()
}

/** The command line of `lvs-warden standalone`. */
export interface StandaloneOptions extends HttpsFlags {
  readonly cluster: string
  readonly table: keyof typeof TABLES
  readonly state: string
  readonly socket: string
  readonly clearOnExit: boolean
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
  const standalone = createStandalone(
    {
      clusterFile: options.cluster,
      socketPath: options.socket,
      name: nameOfHost(),
      clearOnExit: options.clearOnExit,
      ...(options.http && { http: parseListenAddress('--http', options.http) }),
      ...(https && { https }),
    },
    { bus, clock, logger, table: TABLES[options.table](), sysctls: sysctlsOf(options.table) },
  )
  await runUntilSignal(standalone, {
    onHangup: () => {
      standalone.reload('SIGHUP').catch((error: unknown) => reportOrDie(logger, error, 'reload'))
    },
    onStopping: (signal) => logger.info({ signal, clear: options.clearOnExit }, 'stopping'),
  })
}

/**
 * Trouble outside is logged; a programmer's error ends the process, and the kernel keeps its table.
 */
function reportOrDie(logger: Logger, error: unknown, where: string): void {
  logger.error({ error, where }, 'failed')
  if (error instanceof ServiceError || isSystemError(error)) return
  queueMicrotask(() => {
    throw error
  })
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

/** Names go into bus subjects, where a dot would split them. */
function nameOfHost(): string {
  return (
    hostname()
      .split('.')[0]
      ?.replace(/[^A-Za-z0-9_-]/g, '-') || 'director'
  )
}
