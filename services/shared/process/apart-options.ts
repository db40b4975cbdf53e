import { type Command, Option } from 'commander'
import { nameOfHost } from '../runtime/host-name.ts'
import { type ListenAddress, parseListenAddress } from '../runtime/listen-address.ts'
import type { LogLevel } from '../runtime/logger.ts'
import {
  type NatsFlags,
  type NatsSettings,
  natsOptions,
  readNatsSettings,
} from '../runtime/nats-settings.ts'
import { ServiceError } from '../runtime/service-error.ts'

/** The services that run apart, and where each answers /healthz when nobody says otherwise. */
export const HEALTH_PORTS = {
  prober: 9641,
  controller: 9642,
  director: 9643,
  console: 9644,
  historian: 9645,
  alerter: 9646,
} as const
/** What a process is: `prober`. */
export type Role = keyof typeof HEALTH_PORTS

/** The command line that all services apart share, as commander reads it. */
export interface ApartFlags extends NatsFlags {
  readonly clusterName: string
  readonly name?: string
  readonly http: string
  readonly logLevel: LogLevel
}

/** The same, checked. */
export interface ApartConfig {
  readonly cluster: string
  /** Name among those of its role, one token of a subject. */
  readonly name: string
  /** Absent: nothing is answered. */
  readonly http?: ListenAddress
  readonly logLevel: LogLevel
  readonly nats: NatsSettings
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** Adds what every service apart can be told; each option has a variable LVS_WARDEN_…. */
export function addApartOptions(command: Command, role: Role): Command {
  command
    .addOption(
      new Option('--cluster-name <name>', 'the cluster, as its cluster file names it')
        .env('LVS_WARDEN_CLUSTER_NAME')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--name <name>', `name of this ${role}; the host's by default`).env(
        'LVS_WARDEN_NAME',
      ),
    )
    .addOption(
      new Option('--http <addr:port>', 'where /healthz, /readyz and /metrics are answered, or off')
        .env('LVS_WARDEN_HTTP')
        .default(`127.0.0.1:${HEALTH_PORTS[role]}`),
    )
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .env('LVS_WARDEN_LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
  for (const option of natsOptions()) command.addOption(option)
  return command
}

/** Throws a `ServiceError`: `config.invalid` or `nats.settings`, naming the option. */
export function readApartFlags(role: Role, flags: ApartFlags): ApartConfig {
  const { http } = flags
  return {
    cluster: checkName('--cluster-name (LVS_WARDEN_CLUSTER_NAME)', flags.clusterName),
    name: checkName('--name (LVS_WARDEN_NAME)', flags.name || nameOfHost(role)),
    ...(http !== 'off' && { http: parseListenAddress('--http (LVS_WARDEN_HTTP)', http) }),
    logLevel: flags.logLevel,
    nats: readNatsSettings(flags),
  }
}

/**
 * Names become parts of subjects and buckets. Throws `config.invalid` that names the option; the
 * rule is the cluster file's.
 */
export function checkName(option: string, name: string): string {
  if (NAME.test(name)) return name
  throw new ServiceError(
    'config.invalid',
    `${option}: want letters, digits, - and _, beginning with one of the first two, got "${name}"`,
  )
}
