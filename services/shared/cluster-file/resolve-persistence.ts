import type { Persistence, ServiceAddress } from '../domain/virtual-service.ts'
import type { WrittenSettings } from './file-schema.ts'
import type { Remark } from './finding-list.ts'
import type { Given } from './levels.ts'

/** ipvsadm's own default. */
const TIMEOUT_MS = 300_000

type WrittenPersistence = NonNullable<WrittenSettings['persistence']>

/** Persistence of a service, `undefined` for none. */
export function resolvePersistence(
  setting: Given<WrittenPersistence> | undefined,
  service: ServiceAddress,
  remark: (remark: Remark) => void,
): Persistence | undefined {
  if (setting === undefined || setting.value === 'none') return undefined
  const { value, path } = setting
  const written = typeof value === 'number' ? { timeout: value } : value
  const timeoutMs = written.timeout ?? TIMEOUT_MS
  if (timeoutMs % 1000 !== 0) {
    const place = typeof value === 'number' ? path : [...path, 'timeout']
    const message = 'the kernel counts persistence in whole seconds'
    remark({ path: place, rule: 'fraction-of-a-second', message })
  }
  const timeoutS = Math.ceil(timeoutMs / 1000)
  const { engine } = written
  // The sip engine reads UDP datagrams only (ip_vs_pe_sip.c, ip_vs_sip_fill_param).
  const overUdp = service.type === 'fwmark' || service.protocol === 'udp'
  if (engine !== undefined && !overUdp && path[0] !== 'defaults') {
    const message = `the ${engine} engine reads udp only, and this service is ${service.protocol}`
    remark({ path: [...path, 'engine'], rule: 'engine-without-udp', message })
  }
  const netmask = netmaskOf(written, path, service, remark)
  return { timeoutS, netmask, ...(engine !== undefined && overUdp ? { engine } : {}) }
}

function netmaskOf(
  written: Extract<WrittenPersistence, object>,
  path: Given<unknown>['path'],
  service: ServiceAddress,
  remark: (remark: Remark) => void,
): number {
  const { family } = service
  const widest = family === 4 ? 32 : 128
  if (written.netmask === undefined) return widest
  const { prefix, family: meant } = written.netmask
  if (meant === undefined || meant === family) return prefix
  if (path[0] === 'defaults') return widest
  const message = `wanted an IPv${family} netmask as the service is, prefix length 1 to ${widest}`
  remark({ path: [...path, 'netmask'], rule: 'netmask-out-of-range', message })
  return widest
}
