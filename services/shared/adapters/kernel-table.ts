import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Change, ChangeFailure, CountedServer, CountedTable } from '../domain/table.ts'
import type { IpvsDescription, IpvsTable } from '../ports/ipvs-table.ts'
import { changeFailure } from './change-failure.ts'
import { errnoName } from './errno-name.ts'
import { noIpvs, noRightToIpvs } from './ipvs-trouble.ts'
import {
  type DecodedService,
  decodeInfo,
  decodeServer,
  decodeService,
} from './netlink/decode-ipvs.ts'
import { commandOf, encodeChange, encodeServiceKey } from './netlink/encode-ipvs.ts'
import {
  ErrnoError,
  type GenericNetlink,
  type NetlinkRequest,
  openGenericNetlink,
} from './netlink/generic-netlink.ts'
import { COMMAND, IPVS_FAMILY } from './netlink/ipvs-protocol.ts'

/** Changes in one send: more gain nothing, and what else waits in this process waits no longer. */
const BATCH = 64
/** How long listings go on before other work gets its turn, in milliseconds. */
const TURN_MS = 5

/**
 * The kernel's own table, over generic netlink: an answer for each change, no process started.
 * Calls throw a `ServiceError`: `ipvs.no-kernel`, `ipvs.permission`, `ipvs.platform`,
 * `ipvs.no-koffi`, or a retryable one after which the table must be read again before anything is
 * planned.
 */
export function createKernelTable(): IpvsTable {
  let opening: Promise<GenericNetlink> | undefined

  async function use<Result>(work: (netlink: GenericNetlink) => Promise<Result>): Promise<Result> {
    opening ??= openGenericNetlink(IPVS_FAMILY)
    const used = opening
    try {
      return await work(await used)
    } catch (error) {
      // Late answers to a failed exchange must not be taken for answers to the next.
      if (opening === used) opening = undefined
      closeWhenOpen(used)
      throw explained(error)
    }
  }

  return {
    name: 'kernel',
    describe: () => use(describe),
    read: () => use(read),
    apply: (changes) => use((netlink) => apply(netlink, changes)),
    close() {
      if (opening !== undefined) closeWhenOpen(opening)
      opening = undefined
    },
  }
}

async function describe(netlink: GenericNetlink): Promise<IpvsDescription> {
  return decodeInfo(netlink.get({ command: COMMAND.getInfo, write() {} }))
}

async function read(netlink: GenericNetlink): Promise<CountedTable> {
  const services: DecodedService[] = []
  netlink.list({ command: COMMAND.getService, write() {} }, (payload) => {
    const service = decodeService(payload)
    if (service !== undefined) services.push(service)
  })
  const table: CountedTable[number][] = []
  let turnEnds = performance.now() + TURN_MS
  for (const service of services) {
    const servers: CountedServer[] = []
    const { address } = service
    const request: NetlinkRequest = {
      command: COMMAND.getServer,
      write: (writer) => encodeServiceKey(writer, address),
    }
    netlink.list(request, (payload) => {
      const server = decodeServer(payload, address.family)
      if (server !== undefined) servers.push(server)
    })
    table.push({ ...service, servers })
    if (performance.now() >= turnEnds) {
      await nextTurn()
      turnEnds = performance.now() + TURN_MS
    }
  }
  return table
}

async function apply(
  netlink: GenericNetlink,
  changes: readonly Change[],
): Promise<readonly ChangeFailure[]> {
  const failures: ChangeFailure[] = []
  for (let start = 0; start < changes.length; start += BATCH) {
    if (start > 0) await nextTurn()
    const batch = changes.slice(start, start + BATCH)
    const refused = netlink.transact(batch.map(requestOf))
    for (const [index, errno] of refused) {
      const change = batch[index]
      const code = errnoName(errno)
      if (code === 'EPERM') throw new ErrnoError(code)
      if (change !== undefined) failures.push(changeFailure(change, code))
    }
  }
  return failures
}

function requestOf(change: Change): NetlinkRequest {
  return { command: commandOf(change), write: (writer) => encodeChange(writer, change) }
}

function closeWhenOpen(opening: Promise<GenericNetlink>): void {
  opening.then(
    (netlink) => netlink.close(),
    () => {},
  )
}

/** What to do about a refusal that is not about one change. */
function explained(error: unknown): unknown {
  if (!(error instanceof ErrnoError)) return error
  switch (error.errno) {
    case 'ENOENT':
    case 'EOPNOTSUPP':
      return noIpvs(error)
    case 'EPERM':
      return noRightToIpvs(error)
    default:
      return error
  }
}
