import type { Tunnel } from '../domain/virtual-service.ts'
import type { WrittenSettings } from './file-schema.ts'
import type { Remark } from './finding-list.ts'
import type { Given } from './levels.ts'

/** The encapsulation of a real server that is reached by tunnel. */
export function resolveTunnel(
  setting: Given<NonNullable<WrittenSettings['tunnel']>> | undefined,
  remark: (remark: Remark) => void,
): Tunnel {
  if (setting === undefined) return { type: 'ipip' }
  const { value, path } = setting
  const { type = 'ipip', port, checksum } = value
  function useless(key: string): void {
    const message = `a tunnel of type ${type} has no ${key}; take this away`
    remark({ path: [...path, key], rule: 'tunnel-key-without-use', message, atKey: true })
  }
  if (type !== 'gue' && port !== undefined) useless('port')
  if (type === 'ipip' && checksum !== undefined) useless('checksum')
  if (type === 'ipip') return { type }
  if (type === 'gre') return { type, checksum: checksum ?? 'none' }
  if (port === undefined) {
    const message = 'a tunnel of type gue needs its UDP port: port: 6080'
    remark({ path, rule: 'missing-tunnel-port', message })
  }
  return { type, port: port ?? 1, checksum: checksum ?? 'none' }
}
