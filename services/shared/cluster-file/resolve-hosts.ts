import { lookup } from 'node:dns/promises'
import { type IpAddress, parseIpAddress } from '../domain/ip-address.ts'

/** Addresses of a host name; rejects when it has none. */
export type ResolveName = (name: string) => Promise<readonly string[]>

/** What became of a host name. */
export type ResolvedHost =
  | { readonly addresses: readonly [IpAddress, ...IpAddress[]] }
  | { readonly problem: string }

/** How long all names of a file may take together. */
export const RESOLVE_TIMEOUT_MS = 10_000

/** More at once only queue up in the resolver's few threads. */
const CONCURRENCY = 32

/** Asks the system, as every program on the machine does: hosts file, then DNS. */
export async function systemResolve(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/**
 * Resolves every name once; never rejects, and ends within `timeoutMs` whatever the resolver does.
 */
export async function resolveHosts(
  names: readonly string[],
  resolve: ResolveName,
  timeoutMs: number = RESOLVE_TIMEOUT_MS,
): Promise<ReadonlyMap<string, ResolvedHost>> {
  const resolved = new Map<string, ResolvedHost>()
  const waiting = [...new Set(names)]
  if (waiting.length === 0) return resolved
  async function work(): Promise<void> {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      resolved.set(name, await resolveHost(name, resolve))
    }
  }
  const workers = Array.from({ length: CONCURRENCY }, work)
  await withinTime(Promise.all(workers), timeoutMs)
  const late = { problem: `no answer within ${timeoutMs} ms` }
  return new Map(names.map((name) => [name, resolved.get(name) ?? late]))
}

async function resolveHost(name: string, resolve: ResolveName): Promise<ResolvedHost> {
  try {
    const texts = await resolve(name)
    const [first, ...rest] = texts.map(parseIpAddress).filter((ip) => ip !== undefined)
    if (first === undefined) return { problem: 'it has no address' }
    return { addresses: [first, ...rest] }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work, timeout])
  clearTimeout(timer)
}
