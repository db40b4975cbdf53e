import { createLogger, type Logger } from '../runtime/logger.ts'
import { runUntilSignal } from '../runtime/run-until-signal.ts'
import { createService, type Service } from '../runtime/service.ts'
import type { ApartContext } from './apart-context.ts'
import { type ApartFlags, type Role, readApartFlags } from './apart-options.ts'
import { ApartProcess } from './apart-process.ts'

/** Makes the service of a process; called again when a start was in vain. */
export type CreateApart = (context: ApartContext) => Service | Promise<Service>

/** Makes what runs beside the service and needs no bus; it begins before the wait for NATS. */
export type CreateBeside = (about: {
  readonly name: string
  readonly logger: Logger
}) => Service | undefined

/**
 * Runs one service apart, in this process, until a signal ends it: /healthz answers first, then it
 * waits for NATS, then the service starts. Throws a `ServiceError` for wrong options and for what
 * no waiting can mend.
 */
export async function runApart(
  role: Role,
  flags: ApartFlags,
  create: CreateApart,
  createBeside?: CreateBeside,
): Promise<void> {
  const config = readApartFlags(role, flags)
  const pretty = process.stdout.isTTY
  const log = createLogger({ level: config.logLevel, pretty })
  // On a terminal it is plain which process speaks.
  const logger = pretty ? log : log.child({ process: `${role}/${config.name}` })
  const stopping = new AbortController()
  const beside = createBeside?.({ name: config.name, logger })
  const parts = { role, config, create, logger, signal: stopping.signal }
  const apart = new ApartProcess({ ...parts, ...(beside && { beside }) })
  const service = createService({ start: () => apart.start(), stop: () => apart.stop() })
  await runUntilSignal(service, {
    onStopping(signal) {
      logger.info({ signal }, 'stopping')
      stopping.abort()
    },
  })
}
