import type { Family, IpAddress } from '../domain/ip-address.ts'
import type { Path } from './finding.ts'
import type { Remark } from './finding-list.ts'
import type { ResolvedHost } from './resolve-hosts.ts'
import type { WrittenHost } from './server-address.ts'
import { quote } from './values.ts'

/** Addresses of every host of a file, literal or resolved. */
export interface HostBook {
  /**
   * The address to use, of the wished family where the host has one; remarks a name without
   * address.
   */
  find(host: WrittenHost, wish: Family | undefined, path: Path): IpAddress | undefined
  /** Family of the host, IPv4 where it has both; says nothing of names without address. */
  peek(host: WrittenHost): Family | undefined
}

/** A book over the names that were resolved. */
export function createHostBook(
  resolved: ReadonlyMap<string, ResolvedHost>,
  remarks: { error(remark: Remark): void; warn(remark: Remark): void },
): HostBook {
  function find(host: WrittenHost, wish: Family | undefined, path: Path): IpAddress | undefined {
    if (host.ip !== undefined) return host.ip
    const name = host.hostName
    const known = resolved.get(name) ?? { problem: 'it was not asked for' }
    if ('problem' in known) {
      const message = `cannot resolve ${quote(name)}: ${known.problem}; or give an address`
      remarks.error({ path, rule: 'unresolvable-name', message })
      return undefined
    }
    const { addresses } = known
    const fourFirst = addresses.find((ip) => ip.family === 4) ?? addresses[0]
    const chosen = addresses.find((ip) => ip.family === wish) ?? fourFirst
    const message =
      `${name} is ${chosen.text} from now until the next reload; a literal address ` +
      'cannot change behind your back'
    remarks.warn({ path, rule: 'host-name', message })
    return chosen
  }
  function peek(host: WrittenHost): Family | undefined {
    if (host.ip !== undefined) return host.ip.family
    const known = resolved.get(host.hostName)
    if (known === undefined || 'problem' in known) return undefined
    return known.addresses.some((ip) => ip.family === 4) ? 4 : 6
  }
  return { find, peek }
}
