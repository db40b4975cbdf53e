import { ServiceError } from '../runtime/service-error.ts'

/** The kernel has no IPVS, in words that say what to do. */
export function noIpvs(cause?: unknown): ServiceError {
  const message =
    'this kernel has no IPVS: load it with `modprobe ip_vs` (on the host, when in a container); ' +
    'the kernel needs CONFIG_IP_VS. Without it, --table memory shows what would be done'
  return new ServiceError('ipvs.no-kernel', message, { cause })
}

/** No right to the table, in words that say which. */
export function noRightToIpvs(cause?: unknown): ServiceError {
  const message =
    'no right to the IPVS table: run as root or with CAP_NET_ADMIN ' +
    '(in the initial user namespace: a rootless container cannot have it)'
  return new ServiceError('ipvs.permission', message, { cause })
}
