import type { Command } from '../../services/controller/core/command.ts'
import type { ControllerState } from '../../services/controller/core/state.ts'
import { statusOf } from '../../services/controller/status.ts'
import { whyOf } from '../../services/controller/why.ts'
import { overrideKey } from '../../services/shared/domain/override.ts'
import type { Table, TableService } from '../../services/shared/domain/table.ts'
import { serviceKey, type VirtualService } from '../../services/shared/domain/virtual-service.ts'

/** One command as a scenario prints it; `before` is the table that the director has. */
export function commandInWords(
  command: Command,
  before: Table,
  config: readonly VirtualService[],
): readonly string[] {
  switch (command.type) {
    case 'publish-table':
      return [
        `publish ${command.generation}${toWhom(command.directors)}`,
        ...differences(before, command.services, config).map((line) => `  ${line}`),
      ]
    case 'record-event':
      return [`event ${command.event.type}: ${command.event.message}`]
    case 'raise-alert':
      return [`alert ${command.alert.key}, ${command.alert.severity}: ${command.alert.message}`]
    case 'clear-alert':
      return [`alert ${command.alert.key} is over`]
    case 'put-override':
      return [`store ${command.override.kind} of ${overrideKey(command.override)}`]
    case 'run-hook':
      return [`run ${command.hook} of ${command.service}: ${command.command.join(' ')}`]
    case 'delete-override':
      return [`forget override of ${command.key}`]
  }
}

/** Said only where it is not just `lb1`. */
function toWhom(directors: readonly string[]): string {
  return directors.join() === 'lb1' ? '' : ` to ${directors.join(', ')}`
}

/** What `lvsctl status` is made of, a line a real server. */
export function statusInWords(state: ControllerState, at: number): readonly string[] {
  const { services, alerts, vantages = [], probers = [] } = statusOf(state, new Map(), at)
  const lines: string[] = []
  for (const { name, scheduler, guards, quorum, backups, sorryServer, realServers } of services) {
    const marks = [
      ...guards.map(({ guard }) => ` ${guard}`),
      ...(quorum === undefined
        ? []
        : [` quorum ${quorum.state} ${quorum.weight}/${quorum.wanted}`]),
      ...(backups === undefined ? [] : [` backups ${backups}`]),
    ].join('')
    lines.push(`${name} ${scheduler}${marks}${sorryServer?.serving ? ' sorry' : ''}`)
    for (const { name: server, weight, inTable, health, admin, reason } of realServers) {
      const effective = inTable ? weight.effective : 'none'
      lines.push(`  ${server} ${effective}/${weight.configured} ${health} ${admin}: ${reason}`)
    }
  }
  for (const { name, counts, suspect, probers: alive } of vantages.length > 1 ? vantages : []) {
    const why = suspect === undefined ? '' : `, suspect: ${suspect}`
    lines.push(`vantage ${name}: ${alive} probers, ${counts ? 'counts' : 'does not count'}${why}`)
  }
  for (const { name, vantage, alive, suspect } of vantages.length > 1 ? probers : []) {
    lines.push(
      `prober ${name} at ${vantage}: ${alive ? 'alive' : 'lost'}${suspect ? ' suspect' : ''}`,
    )
  }
  for (const { key } of alerts) lines.push(`alert ${key}`)
  return lines
}

/** The provenance of one weight, as `lvsctl why` tells it. */
export function whyInWords(
  state: ControllerState,
  service: string,
  server: string,
  at: number,
): readonly string[] {
  const found = state.services.get(service)?.servers.find(({ config }) => config.name === server)
  if (found === undefined) return ['no such real server']
  const why = whyOf(state, found, [], at)
  return [
    `because ${why.because}: ${why.server.reason}`,
    `  placed by generation ${why.placed.generation}`,
    ...why.checks.flatMap(
      ({ label, verdict, streak, needed, silent, last, quorum = 1, vantages = [] }) => [
        `  check ${label}: ${verdict}, ${streak}/${needed}, ${silent ? 'silent' : 'heard'}, last ${
          last?.outcome ?? 'none'
        }${vantages.length > 0 ? `, ${quorum} must agree` : ''}`,
        ...vantages.map(
          (view) =>
            `    ${view.vantage} ${view.why ?? 'counts'}: ${view.verdict}, ` +
            `${view.streak}/${view.needed}, last ${view.last?.outcome ?? 'none'}`,
        ),
      ],
    ),
    ...why.overrides.map(
      ({ kind, scope, owner, reason, until = 'enabled' }) =>
        `  ${kind} of ${scope} by ${owner}: ${reason} until ${until}`,
    ),
    ...why.directors.map(({ name, weight }) => `  ${name} has ${weight ?? 'no row'}`),
  ]
}

function differences(
  before: Table,
  after: Table,
  config: readonly VirtualService[],
): readonly string[] {
  const old = new Map(before.map((service) => [serviceKey(service.address), service]))
  const lines: string[] = []
  for (const service of after) {
    const key = serviceKey(service.address)
    const names = config.find(({ address }) => serviceKey(address) === key)
    lines.push(...serviceDifferences(names?.name ?? key, old.get(key), service, names))
    old.delete(key)
  }
  for (const key of old.keys()) lines.push(`${key}: no longer ours`)
  return lines.length === 0 ? ['nothing moves'] : lines
}

function serviceDifferences(
  name: string,
  before: TableService | undefined,
  after: TableService,
  config: VirtualService | undefined,
): readonly string[] {
  const lines: string[] = []
  if (before === undefined) lines.push(`${name}: new`)
  else if (before.scheduler !== after.scheduler) {
    lines.push(`${name}: scheduler ${before.scheduler} -> ${after.scheduler}`)
  }
  const old = weightsOf(before)
  for (const [place, weight] of weightsOf(after)) {
    const was = old.get(place)
    if (was !== weight) {
      lines.push(`${name}/${nameOf(place, config)} ${was ?? 'none'} -> ${weight}`)
    }
    old.delete(place)
  }
  for (const [place, was] of old) lines.push(`${name}/${nameOf(place, config)} ${was} -> none`)
  return lines
}

function weightsOf(service: TableService | undefined): Map<string, number> {
  return new Map(
    service?.servers.map(({ address, port, weight }) => [`${address}:${port}`, weight]),
  )
}

function nameOf(place: string, config: VirtualService | undefined): string {
  const server = config?.realServers.find(({ address, port }) => `${address}:${port}` === place)
  if (server !== undefined) return server.name
  const sorry = config?.sorryServer
  return sorry !== undefined && `${sorry.address}:${sorry.port}` === place ? 'sorry' : place
}
