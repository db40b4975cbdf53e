import type { Command } from 'commander'
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
  return command
    .option('--https <addr:port>', 'where operators log in over the network')
    .option('--https-cert <file>', 'its certificate, PEM; one is made at the first start without')
    .option('--https-key <file>', 'the key of that certificate, PEM')
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
