import type { Command } from './core/command.ts'
import type { ControllerCore } from './core/controller-core.ts'
import type { Leadership } from './leadership.ts'
import { sendHook } from './send-hook.ts'
import type { ControllerPorts } from './shell.ts'
import type { Stores } from './stores.ts'
import type { TableSender } from './table-sender.ts'

/** What carrying out commands needs. */
export interface ExecutorParts {
  readonly leadership: Pick<Leadership, 'epoch'>
  readonly stores: Stores
  readonly core: ControllerCore
  readonly tables: TableSender
  readonly ports: ControllerPorts
}

/** Carries out the core's commands; a command without an executor does not compile. */
export interface Executors {
  /** Does nothing of it where we do not lead, but remembers what belongs into the log. */
  run(command: Command): Promise<unknown>
}

type ExecutorTable = {
  readonly [T in Command['type']]: (
    command: Extract<Command, { readonly type: T }>,
    epoch: number,
  ) => Promise<unknown> | undefined
}

/** Makes the executors of one controller. */
export function createExecutors(parts: ExecutorParts): Executors {
  const { leadership, stores, core, tables } = parts
  const { recorder, overrides, board } = stores
  const { logger } = parts.ports

  const executors: ExecutorTable = {
    'publish-table': ({ type: _, directors, ...table }, epoch) => {
      const { sysctls } = core.state
      tables.publish({ epoch, ...table, sysctls }, directors)
      return undefined
    },
    'record-event': ({ event }) => recorder.record(event),
    'raise-alert': ({ alert }) => {
      const { key, message, severity, since: at } = alert
      logger.warn({ alert: key, severity }, message)
      return Promise.all([
        board.write(core.state.alerts),
        recorder.record({ at, type: 'alert-raised', alert: key, message }),
      ])
    },
    'clear-alert': ({ alert, at }) => {
      const { key } = alert
      const message = `over: ${alert.message}`
      logger.info({ alert: key }, message)
      return Promise.all([
        board.write(core.state.alerts),
        recorder.record({ at, type: 'alert-cleared', alert: key, message }),
      ])
    },
    'run-hook': ({ type: _, ...order }) => {
      sendHook(parts.ports.bus, core.state, order)
      return undefined
    },
    'put-override': ({ override }) => overrides.put(override),
    'delete-override': ({ key }) => overrides.delete(key),
  }

  return {
    async run(command) {
      const epoch = leadership.epoch()
      if (epoch === undefined) {
        if (command.type === 'record-event') await recorder.record(command.event)
        return undefined
      }
      // The type of a command selects its executor; TypeScript cannot follow that.
      const execute = executors[command.type] as (
        command: Command,
        epoch: number,
      ) => Promise<unknown> | undefined
      return execute(command, epoch)
    },
  }
}
