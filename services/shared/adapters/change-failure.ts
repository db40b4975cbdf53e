import { hostPort } from '../domain/ip-address.ts'
import type { Change, ChangeFailure } from '../domain/table.ts'
import { formatServiceAddress } from '../domain/virtual-service.ts'

/** A refused change in words, from the symbolic errno that the kernel gave for it. */
export function changeFailure(change: Change, code: string): ChangeFailure {
  return { change, code, message: `${describeChange(change)}: ${reason(change, code)} (${code})` }
}

/** What a change does, in words. */
export function describeChange(change: Change): string {
  switch (change.type) {
    case 'add-service':
    case 'edit-service': {
      const verb = change.type === 'add-service' ? 'add' : 'edit'
      return `${verb} virtual service ${formatServiceAddress(change.service.address)}`
    }
    case 'remove-service':
      return `remove virtual service ${formatServiceAddress(change.service)}`
    case 'add-server':
    case 'edit-server':
    case 'remove-server': {
      const row = hostPort(change.server.address, change.server.port)
      const verb = change.type.slice(0, change.type.indexOf('-'))
      return `${verb} real server ${row} of ${formatServiceAddress(change.service)}`
    }
  }
}

/** The kernel's reasons (net/netfilter/ipvs/ip_vs_ctl.c). */
function reason(change: Change, code: string): string {
  switch (code) {
    case 'EEXIST':
      return 'it is already in the table'
    case 'ESRCH':
      return 'there is no such virtual service'
    case 'ENOENT':
      if (change.type === 'add-service' || change.type === 'edit-service') {
        const { scheduler, persistence } = change.service
        const engine = persistence?.engine === undefined ? '' : ` or engine ${persistence.engine}`
        return `the kernel has no scheduler ${scheduler}${engine}`
      }
      return 'there is no such real server'
    case 'ERANGE':
      return 'a weight or a threshold is out of range'
    case 'EINVAL':
      return 'the kernel does not allow this combination'
    case 'EAFNOSUPPORT':
      return 'the kernel does not support this address family'
    case 'ENOMEM':
      return 'the kernel has no memory left'
    default:
      return 'the kernel refused'
  }
}
