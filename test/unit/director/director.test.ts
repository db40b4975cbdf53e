import { beforeEach, describe, expect, it } from 'vitest'
import { createDirector } from '../../../services/director/director.ts'
import { createMemoryBus, type MemoryBus } from '../../../services/shared/adapters/memory-bus.ts'
import { createMemoryTable } from '../../../services/shared/adapters/memory-table.ts'
import type { DesiredTable } from '../../../services/shared/domain/desired-table.ts'
import type { DirectorReport } from '../../../services/shared/domain/director-report.ts'
import type { TableService } from '../../../services/shared/domain/table.ts'
import type { IpvsTable } from '../../../services/shared/ports/ipvs-table.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { directorReportMessage } from '../../../services/shared/wire/director-report-message.ts'
import { reportSubject, tableSubject } from '../../../services/shared/wire/subjects.ts'
import { desiredTableMessage } from '../../../services/shared/wire/table-messages.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const SUBJECTS = { table: tableSubject('shop', 'lb1'), report: reportSubject('shop', 'lb1') }

let bus: MemoryBus
let clock: ReturnType<typeof createManualClock>
let reports: DirectorReport[]

beforeEach(() => {
  clock = createManualClock()
  bus = createMemoryBus({ clock })
  reports = []
  bus.subscribe(SUBJECTS.report, (payload) => {
    reports.push(directorReportMessage.decode(payload))
  })
})

async function startDirector(table: IpvsTable, clearOnExit = false) {
  const config = { cluster: 'shop', name: 'lb1', clearOnExit }
  const director = createDirector(config, { bus, clock, table, logger: silentLogger })
  await director.start()
  return director
}

function web(weights: Readonly<Record<string, number>>, port = 80): TableService {
  return {
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port },
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    servers: Object.entries(weights).map(([address, weight]) => ({
      address,
      port,
      forwarding: 'direct-route',
      weight,
      upperThreshold: 0,
      lowerThreshold: 0,
    })),
  }
}

async function want(table: DesiredTable): Promise<void> {
  bus.publish(SUBJECTS.table, desiredTableMessage.encode(table))
  await bus.settled()
  await pause()
}

/** The director works in promises, not in timers. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  await bus.settled()
}

async function nextSecond(): Promise<void> {
  await clock.advance(1000)
  await pause()
}

async function weightsIn(table: IpvsTable): Promise<Record<string, number>> {
  const rows = (await table.read()).flatMap(({ servers }) => servers)
  return Object.fromEntries(rows.map(({ address, weight }) => [address, weight]))
}

describe('a director', () => {
  it('reports the table it finds before anybody has asked for one', async () => {
    await startDirector(createMemoryTable([web({ '10.0.0.1': 7 })]))
    await bus.settled()
    expect(reports[0]).toMatchObject({
      director: 'lb1',
      epoch: 0,
      generation: 0,
      services: [{ servers: [{ address: '10.0.0.1', weight: 7 }] }],
      foreign: ['tcp/192.0.2.10:80'],
    })
  })

  it('reports rows of others that we would never ask for', async () => {
    await startDirector(createMemoryTable([web({ '10.0.0.1': 70_000 })]))
    await bus.settled()
    expect(reports[0]?.services[0]?.servers[0]?.weight).toBe(70_000)
  })

  it('makes its table as wanted and reports what is there', async () => {
    const table = createMemoryTable()
    await startDirector(table)
    await want({ epoch: 3, generation: 1, services: [web({ '10.0.0.1': 5, '10.0.0.2': 0 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.2': 0 })
    expect(reports.at(-1)).toMatchObject({ epoch: 3, generation: 1, foreign: [], drift: [] })
  })

  it('refuses a table that is older than one it has seen, by epoch before generation', async () => {
    const table = createMemoryTable()
    await startDirector(table)
    await want({ epoch: 3, generation: 2, services: [web({ '10.0.0.1': 5 })] })
    await want({ epoch: 3, generation: 1, services: [web({ '10.0.0.1': 1 })] })
    await want({ epoch: 2, generation: 9, services: [web({ '10.0.0.1': 2 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
    await want({ epoch: 4, generation: 1, services: [web({ '10.0.0.1': 9 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 9 })
  })

  it('refuses a table that it cannot read and goes on', async () => {
    const table = createMemoryTable()
    await startDirector(table)
    bus.publish(SUBJECTS.table, new TextEncoder().encode('{"v":99,"body":{}}'))
    await bus.settled()
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
  })

  it('undoes what somebody else changed within a second and reports it once', async () => {
    const table = createMemoryTable()
    await startDirector(table)
    const service = web({ '10.0.0.1': 5, '10.0.0.2': 5 })
    await want({ epoch: 1, generation: 1, services: [service] })
    const [row] = service.servers
    if (row === undefined) throw new Error('no row')
    await table.apply([
      { type: 'edit-server', service: service.address, server: { ...row, weight: 1 } },
    ])
    await nextSecond()
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.2': 5 })
    expect(reports.at(-1)?.drift).toMatchObject([{ server: '10.0.0.1:80', was: '5', now: '1' }])
    await nextSecond()
    expect(reports.at(-1)?.drift).toEqual([])
  })

  it('reports a refused change once, says that something is wrong for as long as it is, and tries again', async () => {
    const memory = createMemoryTable()
    let isBroken = true
    const table: IpvsTable = {
      ...memory,
      apply: async (changes) =>
        isBroken
          ? changes.map((change) => ({ change, code: 'ENOMEM', message: 'out of memory' }))
          : memory.apply(changes),
    }
    await startDirector(table)
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    const told = reports.flatMap(({ failures }) => failures)
    expect(told.map(({ code }) => code)).toEqual(['ENOMEM', 'ENOMEM'])
    await nextSecond()
    expect(reports.at(-1)).toMatchObject({
      failures: [],
      problem: expect.stringContaining('memory'),
    })
    isBroken = false
    await nextSecond()
    expect(reports.at(-1)?.problem).toBeUndefined()
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5 })
  })

  it('goes on reporting the last table it could read while it cannot read', async () => {
    const memory = createMemoryTable()
    let isReadable = true
    const table: IpvsTable = {
      ...memory,
      read: () => (isReadable ? memory.read() : Promise.reject(new Error('netlink is gone'))),
    }
    await startDirector(table)
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    isReadable = false
    await nextSecond()
    expect(reports.at(-1)).toMatchObject({
      problem: 'netlink is gone',
      services: [{ servers: [{ weight: 5 }] }],
    })
    isReadable = true
    await nextSecond()
    expect(reports.at(-1)?.problem).toBeUndefined()
  })

  it('claims a generation only when it has applied it', async () => {
    const memory = createMemoryTable()
    let release = () => {}
    const table: IpvsTable = {
      ...memory,
      async apply(changes) {
        await new Promise<void>((resolve) => {
          release = resolve
        })
        return memory.apply(changes)
      },
    }
    await startDirector(table)
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    expect(reports.map(({ generation }) => generation)).toEqual([0])
    release()
    await pause()
    expect(reports.at(-1)?.generation).toBe(1)
  })

  it('removes a service that is no longer wanted, and never one that it did not put there', async () => {
    const table = createMemoryTable([web({ '10.0.0.9': 1 }, 8443)])
    await startDirector(table)
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    await want({ epoch: 1, generation: 2, services: [] })
    expect(await weightsIn(table)).toEqual({ '10.0.0.9': 1 })
  })

  it('keeps its table when it stops, and clears what is its own when told to', async () => {
    const table = createMemoryTable([web({ '10.0.0.9': 1 }, 8443)])
    const keeping = await startDirector(table)
    await want({ epoch: 1, generation: 1, services: [web({ '10.0.0.1': 5 })] })
    await keeping.stop()
    expect(await weightsIn(table)).toEqual({ '10.0.0.1': 5, '10.0.0.9': 1 })
    const clearing = await startDirector(table, true)
    await clearing.stop()
    expect(await weightsIn(table)).toEqual({ '10.0.0.9': 1 })
  })
})
