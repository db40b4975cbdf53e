import { type Command, Option } from 'commander'
import { parseListenAddress } from '../../shared/runtime/listen-address.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import type { HttpsOptions } from './https-door.ts'

/** Options of the command line about HTTPS. */
export interface HttpsFlags {
  readonly https?: string
  readonly httpsCert?: string
  readonly httpsKey?: string
}

/** Gives a command the options about HTTPS. */
export function addHttpsFlags(command: Command): Command {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(variable)
  return command
    .addOption(
      option('--https <addr:port>', 'where operators log in over the network', 'LVS_WARDEN_HTTPS'),
    )
    .addOption(
      option(
        '--https-cert <file>',
        'its certificate, PEM; one is made at the first start without',
        'LVS_WARDEN_HTTPS_CERT',
      ),
    )
    .addOption(
      option('--https-key <file>', 'the key of that certificate, PEM', 'LVS_WARDEN_HTTPS_KEY'),
    )
}

/** Where to speak HTTPS; undefined when nobody asked. Throws `config.invalid`. */
export function readHttpsFlags(
  { https, httpsCert, httpsKey }: HttpsFlags,
  stateDir: string,
): HttpsOptions | undefined {
  if ((httpsCert === undefined) !== (httpsKey === undefined)) {
    throw new ServiceError('config.invalid', '--https-cert and --https-key go together')
  }
  if (https === undefined) {
    if (httpsCert === undefined) return undefined
    throw new ServiceError('config.invalid', '--https-cert needs --https ADDRESS:PORT')
  }
  const listen = parseListenAddress('--https', https)
  if (httpsCert === undefined || httpsKey === undefined) {
    return { listen, certificate: { stateDir } }
  }
  return { listen, certificate: { certFile: httpsCert, keyFile: httpsKey } }
}
