import { isLoopback } from '../domain/ip-address.ts'
import type { ForwardingMethod, ServiceAddress, SorryServer } from '../domain/virtual-service.ts'
import type { WrittenSettings } from './file-schema.ts'
import type { Remark } from './finding-list.ts'
import type { HostBook } from './host-book.ts'
import type { Given } from './levels.ts'

type WrittenSorryServer = NonNullable<WrittenSettings['sorryServer']>

/** The sorry server of a service, `undefined` for none. */
export function resolveSorryServer(
  setting: Given<WrittenSorryServer> | undefined,
  service: ServiceAddress,
  inherited: ForwardingMethod | undefined,
  hosts: HostBook,
  remarks: { error(remark: Remark): void; warn(remark: Remark): void },
): SorryServer | undefined {
  if (setting === undefined || setting.value === 'none') return undefined
  const { value, path } = setting
  const servicePort = service.type === 'fwmark' ? 0 : service.port
  const host = 'host' in value ? value.host : value.address
  const port = value.port ?? servicePort
  const samePort = port === servicePort
  const wished = 'forwarding' in value ? value.forwarding : undefined
  const place = 'host' in value ? path : [...path, 'address']
  const ip = hosts.find(host, service.family, place)
  if (ip === undefined) return undefined
  const onLoopback = isLoopback(ip.text)
  const unchanged = onLoopback ? 'direct-route' : (inherited ?? 'masquerade')
  const forwarding = wished ?? (samePort ? unchanged : 'masquerade')
  if (forwarding !== 'masquerade' && !samePort) {
    const message =
      `${forwarding} cannot change the port: wanted ${servicePort}, got ${port}; use ` +
      'forwarding: masquerade'
    remarks.error({ path, rule: 'port-without-masquerade', message })
  }
  if (ip.family !== service.family && forwarding !== 'tunnel') {
    const message = `wanted an IPv${service.family} address as the service has, got ${ip.text}`
    remarks.error({ path: place, rule: 'family-mismatch', message })
  }
  // "Stopping DNAT to loopback address" (ip_vs_xmit.c); direct-route hands packets over as is.
  if (forwarding === 'masquerade' && onLoopback) {
    const message =
      'the kernel drops what it would have to translate to a loopback address; ' +
      "use another address of this director, or the service's port with direct-route"
    remarks.warn({ path: place, rule: 'sorry-server-on-loopback', message })
  }
  return { address: ip.text, port, forwarding }
}
