import { overrideKey } from '../shared/domain/override.ts'
import type { EventLog, KeyValue } from '../shared/ports/bus.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { overrideBucketKey, overrideMessage } from '../shared/wire/override-message.ts'
import type { Command } from './core/command.ts'
import type { ControllerCore } from './core/controller-core.ts'
import { sendHook } from './send-hook.ts'
import type { ControllerPorts } from './shell.ts'
import type { TableSender } from './table-sender.ts'

/** What carrying out commands needs. */
export interface ExecutorParts {
  readonly epoch: number
  readonly log: EventLog
  readonly overrides: KeyValue
  readonly core: ControllerCore
  readonly tables: TableSender
  readonly ports: ControllerPorts
}

/** Carries out the core's commands; a command without an executor does not compile. */
export interface Executors {
  run(command: Command): Promise<unknown>
}

type ExecutorTable = {
  readonly [T in Command['type']]: (
    command: Extract<Command, { readonly type: T }>,
  ) => Promise<unknown> | undefined
}

/** Makes the executors of one controller. */
export function createExecutors(parts: ExecutorParts): Executors {
  const { epoch, log, overrides, core, tables } = parts
  const { logger } = parts.ports

  const executors: ExecutorTable = {
    'publish-table': ({ generation, services }) => {
      const { sysctls } = core.state
      tables.publish({ epoch, generation, services, sysctls }, core.state.directors.keys())
      return undefined
    },
    'record-event': ({ event }) => {
      const { message, at: _, ...fields } = event
      logger.info(fields, message)
      return log.append(logEventMessage.encode(event))
    },
    'raise-alert': ({ alert }) => {
      logger.warn({ alert: alert.key, severity: alert.severity }, alert.message)
      const { message, since: at } = alert
      return log.append(logEventMessage.encode({ at, type: 'alert-raised', message }))
    },
    'clear-alert': ({ alert, at }) => {
      logger.info({ alert: alert.key }, `over: ${alert.message}`)
      const message = `over: ${alert.message}`
      return log.append(logEventMessage.encode({ at, type: 'alert-cleared', message }))
    },
    'run-hook': ({ type: _, ...order }) => {
      sendHook(parts.ports.bus, core.state, order)
      return undefined
    },
    'put-override': ({ override }) =>
      overrides.put(overrideBucketKey(overrideKey(override)), overrideMessage.encode(override)),
    'delete-override': ({ key }) => overrides.delete(overrideBucketKey(key)),
  }

  return {
    async run(command) {
      // The type of a command selects its executor; TypeScript cannot follow that.
      return (executors[command.type] as (command: Command) => Promise<unknown> | undefined)(
        command,
      )
    },
  }
}
