import type { HookName, ServerHooks, ServiceHooks } from '../../shared/domain/hooks.ts'
import { formatServiceAddress } from '../../shared/domain/virtual-service.ts'
import type { Command } from './command.ts'
import type { Event } from './event.ts'
import type { ServerState, ServiceState } from './state.ts'

/** The hook of a service that became whole, or is not any more. */
export function serviceHook(
  service: ServiceState,
  hook: keyof ServiceHooks,
  live: number,
  at: number,
): readonly Command[] {
  const command = service.config.hooks?.[hook]
  if (command === undefined) return []
  const environment = { ...aboutService(service, hook, at), LVS_LIVE_WEIGHT: String(live) }
  return [{ type: 'run-hook', hook, service: service.config.name, command, environment }]
}

/** The hook of a real server that came up, or went down. */
export function serverHook(
  server: ServerState,
  hook: keyof ServerHooks,
  at: number,
): readonly Command[] {
  const { config, service } = server
  const command = config.hooks?.[hook]
  if (command === undefined) return []
  const environment = {
    ...aboutService(service, hook, at),
    LVS_SERVER: config.name,
    LVS_SERVER_ADDRESS: config.address,
    LVS_SERVER_PORT: String(config.port),
  }
  const { name } = service.config
  return [{ type: 'run-hook', hook, service: name, server: config.name, command, environment }]
}

function aboutService(
  { config }: ServiceState,
  hook: HookName,
  at: number,
): Readonly<Record<string, string>> {
  return {
    LVS_HOOK: hook,
    LVS_SERVICE: config.name,
    LVS_SERVICE_ADDRESS: formatServiceAddress(config.address),
    LVS_AT: String(at),
  }
}

/** What became of a hook goes to the log. */
export function recordHook({
  at,
  director,
  hook,
  service,
  server,
  ok,
  detail,
}: Extract<Event, { type: 'hook-ran' }>): Command {
  const whose = server === undefined ? service : `${service}/${server}`
  const message = `${hook} of ${whose} on ${director}: ${ok ? 'ran' : 'failed'}: ${detail}`
  const about = { service, ...(server !== undefined && { server }), director }
  return { type: 'record-event', event: { at, type: 'hook', ...about, message } }
}
