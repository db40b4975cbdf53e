import { hostPort } from '../../domain/ip-address.ts'
import type { Change, TableServer, TableServiceHead } from '../../domain/table.ts'
import type {
  ForwardingMethod,
  ServiceAddress,
  TunnelChecksum,
} from '../../domain/virtual-service.ts'

const FORWARDING: Readonly<Record<ForwardingMethod, string>> = {
  masquerade: '-m',
  tunnel: '-i',
  'direct-route': '-g',
}

const CHECKSUM: Readonly<Record<TunnelChecksum, string>> = {
  none: '--tun-nocsum',
  checksum: '--tun-csum',
  remote: '--tun-remcsum',
}

/**
 * The arguments of ipvsadm(8) that make a change; joined by blanks they are a line for `ipvsadm
 * -R`.
 */
export function ipvsadmRule(change: Change): string[] {
  switch (change.type) {
    case 'add-service':
      return ['-A', ...service(change.service)]
    case 'edit-service':
      return ['-E', ...service(change.service)]
    case 'remove-service':
      return ['-D', ...serviceName(change.service)]
    case 'add-server':
      return ['-a', ...serviceName(change.service), ...server(change.server)]
    case 'edit-server':
      return ['-e', ...serviceName(change.service), ...server(change.server)]
    case 'remove-server': {
      const { address, port } = change.server
      return ['-d', ...serviceName(change.service), '-r', hostPort(address, port)]
    }
  }
}

/**
 * Why ipvsadm 1.31 cannot make a change that the kernel can: it would refuse it and stop reading
 * further rules, or quietly make something else of it.
 */
export function ipvsadmRefusal(change: Change): string | undefined {
  if (change.type === 'add-service' || change.type === 'edit-service') {
    const { address, onePacket } = change.service
    const isUdp = address.type === 'fwmark' || address.protocol === 'udp'
    return onePacket && !isUdp ? 'ipvsadm allows one-packet only for UDP' : undefined
  }
  if (change.type !== 'add-server' && change.type !== 'edit-server') return undefined
  const { service, server } = change
  if (service.type === 'fwmark') return undefined
  if (server.port === 0 || (server.forwarding !== 'masquerade' && server.port !== service.port)) {
    return `ipvsadm would change the port to ${service.port}: only masquerade has a port of its own`
  }
  return undefined
}

function serviceName(address: ServiceAddress): string[] {
  if (address.type === 'fwmark') {
    return ['-f', `${address.mark}`, ...(address.family === 6 ? ['-6'] : [])]
  }
  const option = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }[address.protocol]
  return [option, hostPort(address.address, address.port)]
}

function service(head: TableServiceHead): string[] {
  const { address, scheduler, schedulerFlags, onePacket, persistence } = head
  const args = [...serviceName(address), '-s', scheduler]
  if (persistence !== undefined) {
    args.push('-p', `${persistence.timeoutS}`)
    const whole = address.family === 4 ? 32 : 128
    if (persistence.netmask !== whole) {
      args.push(
        '-M',
        address.family === 4 ? quadMask(persistence.netmask) : `${persistence.netmask}`,
      )
    }
    if (persistence.engine !== undefined) args.push('--pe', persistence.engine)
  }
  if (onePacket) args.push('-o')
  if (schedulerFlags.length > 0) args.push('-b', schedulerFlags.join(','))
  return args
}

function server(row: TableServer): string[] {
  const { address, port, forwarding, weight, upperThreshold, lowerThreshold } = row
  const args = ['-r', hostPort(address, port), FORWARDING[forwarding], '-w', `${weight}`]
  args.push('-x', `${upperThreshold}`, '-y', `${lowerThreshold}`)
  if (forwarding !== 'tunnel') return args
  const tunnel = row.tunnel ?? { type: 'ipip' }
  args.push('--tun-type', tunnel.type)
  if (tunnel.type === 'gue') args.push('--tun-port', `${tunnel.port}`)
  if (tunnel.type !== 'ipip') args.push(CHECKSUM[tunnel.checksum])
  return args
}

function quadMask(prefix: number): string {
  const mask = prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.')
}
