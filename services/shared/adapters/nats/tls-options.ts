import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { TlsOptions } from 'nats'
import type { NatsSettings } from '../../runtime/nats-settings.ts'

/** What the client passes on to Node besides its own options. */
interface NodeTlsOptions extends TlsOptions {
  readonly checkServerIdentity: typeof checkServerIdentity
}

/**
 * Files are read at every connection, so renewed ones count at the next. The client gives Node no
 * name for a server that was given by address, and Node then looks for `localhost` in the
 * certificate: for those it must be made out to one of the addresses that were given.
 */
export function tlsOptions({ tls, servers }: NatsSettings): NodeTlsOptions | undefined {
  if (tls === undefined) return undefined
  const hosts = servers.map(hostOf)
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  return {
    ...tls,
    checkServerIdentity(name: string, certificate: PeerCertificate): Error | undefined {
      const isNamed = name !== 'localhost' || hosts.includes('localhost') || addresses.length === 0
      if (isNamed) return checkServerIdentity(name, certificate)
      const problems = addresses.map((address) => checkServerIdentity(address, certificate))
      return problems.includes(undefined) ? undefined : problems[0]
    },
  }
}

function hostOf(server: string): string {
  const url = new URL(server.includes('://') ? server : `nats://${server}`)
  return url.hostname.replace(/^\[|\]$/g, '')
}
