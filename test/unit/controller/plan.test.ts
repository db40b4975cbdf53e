import { afterEach, describe, expect, test } from 'vitest'
import { createRevisionKeeper } from '../../../services/console/revision-keeper.ts'
import { parseClusterFile } from '../../../services/shared/cluster-file/parse-cluster-file.ts'
import { silentLogger } from '../../../services/shared/runtime/logger.ts'
import { api } from '../../../services/shared/wire/api.ts'
import type { Planned } from '../../../services/shared/wire/api-plans.ts'
import { encodeObservations } from '../../../services/shared/wire/observation-frame.ts'
import { observationsSubject } from '../../../services/shared/wire/subjects.ts'
import { buildObservation } from '../../support/cluster-builder.ts'
import { createFleet, weightsOf } from '../../support/controller-fleet.ts'

interface Shape {
  readonly weights?: Readonly<Record<string, number>>
  readonly scheduler?: string
  /** Further lines of the service. */
  readonly service?: readonly string[]
  readonly top?: readonly string[]
}

const FOUR = { web1: 100, web2: 100, web3: 100, web4: 100 }
const NAMES = ['web1', 'web2', 'web3', 'web4', 'web5', 'web6']

function fileOf({ weights = FOUR, scheduler = 'wlc', service = [], top = [] }: Shape = {}): string {
  const hosts = NAMES.map((name, index) => `${name}: 10.0.0.${11 + index}`)
  return [
    'cluster: shop',
    'directors: { lb1: {}, lb2: {} }',
    ...top,
    `realServers: { ${hosts.join(', ')} }`,
    'virtualServices:',
    '  web:',
    '    address: 192.0.2.10:80/tcp',
    `    scheduler: ${scheduler}`,
    '    forwarding: direct-route',
    '    panicThreshold: 50%',
    '    check: { type: tcp, interval: 2s, timeout: 1s, rise: 2, fall: 3 }',
    ...service.map((line) => `    ${line}`),
    '    realServers:',
    ...Object.entries(weights).map(([name, weight]) => `      ${name}: { weight: ${weight} }`),
  ].join('\n')
}

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Two directors, a controller and the desk; the file of `fileOf()` is in force, all are up. */
async function setUp() {
  const fleet = createFleet()
  const { bus, clock } = fleet
  const keeper = createRevisionKeeper({ cluster: 'shop' }, { bus, clock, logger: silentLogger })
  await keeper.start()
  const { service } = await fleet.controller('a')
  const put = (shape: Shape, reason = '') =>
    fleet.ask(api.apply, { file: 'shop.yaml', text: fileOf(shape), by: 'anna', reason })
  await put({})
  const one = await fleet.director('lb1')
  const two = await fleet.director('lb2')
  stops.push(
    () => one.service.stop(),
    () => two.service.stop(),
    () => service.stop(),
    () => keeper.stop(),
  )

  /** For so many seconds these pass and the others of the file fail. */
  async function seconds(count: number, shape: Shape = {}, down: readonly string[] = []) {
    const parsed = await parseClusterFile(fileOf(shape), { file: 'f' })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
    const servers = parsed.cluster.virtualServices.flatMap(({ realServers }) => realServers)
    for (let second = 0; second < count; second++) {
      const observations = servers.flatMap(({ name, checks }) =>
        checks.map(({ probe }) =>
          buildObservation(
            probe,
            down.includes(name)
              ? { outcome: 'fail', layer: 'connect', code: 'connect.refused', detail: 'refused' }
              : { outcome: 'pass', detail: 'connected' },
            clock.now(),
          ),
        ),
      )
      const frame = encodeObservations({ prober: 'p1', vantage: 'dc1', observations })
      bus.publish(observationsSubject('shop', 'p1'), frame)
      await clock.advance(1000)
      await fleet.settle()
    }
  }
  await seconds(5)

  const plan = (shape: Shape) =>
    fleet.ask(api.plan, { file: 'shop.yaml', text: fileOf(shape), by: 'anna' })
  const carryOut = ({ plan: id = '' }: Planned, force?: true) =>
    fleet.ask(api.applyPlan, { plan: id, by: 'bob', reason: 'agreed', ...(force && { force }) })
  const address = { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10' } as const
  const busy = (server: string, active: number) =>
    one.table.setCounts(
      { ...address, port: 80 },
      { address: `10.0.0.${11 + NAMES.indexOf(server)}`, port: 80 },
      { active, persistent: 2 },
    )
  return { fleet, put, plan, carryOut, seconds, busy, tables: [one.table, two.table] as const }
}

/** A step a line: what, whose, field with kernel, applied, desired. */
const short = ({ changes }: Planned) =>
  changes.map(({ act, server = 'service', directors, fields, by }) =>
    [
      `${act} ${server}`,
      fields.map(({ what, kernel, applied, desired }) => `${what} ${kernel}/${applied}/${desired}`),
      directors.join('+'),
      by,
    ].join(' '),
  )

describe('a plan', () => {
  test('of the file in force has nothing to do and no id', async () => {
    const { plan } = await setUp()
    const planned = await plan({})
    expect(planned).toMatchObject({ changes: [], later: [], settings: [], base: 1 })
    expect(planned.plan).toBeUndefined()
  })

  test('says three ways what becomes of each row and whom that touches', async () => {
    const { fleet, plan, busy } = await setUp()
    busy('web2', 7)
    await fleet.seconds(2)
    const { web1: _, ...three } = FOUR
    const planned = await plan({ weights: { ...three, web2: 40, web5: 60 }, scheduler: 'wrr' })
    expect(short(planned)).toEqual([
      'change-service service scheduler wlc/wlc/wrr lb1+lb2 file',
      'change-server web2 weight 100/100/40 lb1+lb2 file',
      'remove-server web1 weight 100/100/none lb1+lb2 file',
    ])
    const [, lowered] = planned.changes
    expect(lowered?.connections).toEqual({ active: 7, inactive: 0, persistent: 2 })
    expect(planned.later).toEqual([
      { service: 'web', server: 'web5', message: 'enters with weight 60 when its checks pass' },
    ])
    expect(planned.verdicts).toMatchObject([
      { service: 'web', share: { before: 1, after: 0.8 }, objections: [] },
    ])
    expect(planned.plan).toMatch(/^[0-9a-f]{12}$/)
  })

  test('changes nothing, neither tables nor what the controller knows', async () => {
    const { fleet, plan, tables } = await setUp()
    const before = await fleet.status()
    await plan({ weights: { web1: 1 } })
    await fleet.settle()
    expect(await weightsOf(tables[0])).toEqual([100, 100, 100, 100])
    expect(await fleet.status()).toEqual(before)
  })

  test('objects where a guard would have too little to stand on, load included', async () => {
    const { fleet, plan, carryOut, busy, tables } = await setUp()
    busy('web1', 30)
    busy('web2', 30)
    await fleet.seconds(2)
    const weights = { web3: 100, web5: 100, web6: 100 }
    const planned = await plan({ weights })
    expect(planned.verdicts).toEqual([
      {
        service: 'web',
        share: { before: 1, after: 100 / 300 },
        servers: [{ name: 'web3', active: { before: 0, after: 60 } }],
        objections: ['33 % of the weight would be up, the panic threshold is 50 %'],
      },
    ])
    await expect(carryOut(planned)).rejects.toMatchObject({ code: 'api.refused' })
    await fleet.seconds(1)
    expect(await weightsOf(tables[0])).toEqual([100, 100, 100, 100])
    expect(await carryOut(planned, true)).toMatchObject({ applied: true, revision: 2 })
  })

  test('knows the operators’ word: who is drained stays at 0 under another weight', async () => {
    const { fleet, plan, busy } = await setUp()
    busy('web1', 5)
    await fleet.seconds(1)
    await fleet.drain('web1')
    await fleet.seconds(1)
    expect(short(await plan({ weights: { ...FOUR, web1: 10 } }))).toEqual([])
  })

  test('names settings that no table shows', async () => {
    const { plan } = await setUp()
    const service = ['onFailure: remove', 'maxEjected: 1']
    const top = ['sysctls: { expire_nodest_conn: 1 }']
    const planned = await plan({ service, top })
    expect(planned.changes).toEqual([])
    expect(planned.settings.join('\n')).toContain('sysctls none -> {"expire_nodest_conn":1}')
    expect(planned.settings.join('\n')).toContain('web: onFailure quiesce -> remove')
  })

  test('of a file with errors has them and no id', async () => {
    const { plan } = await setUp()
    const planned = await plan({ scheduler: 'wlcc' })
    expect(planned.plan).toBeUndefined()
    expect(planned.findings.map(({ severity }) => severity)).toContain('error')
  })

  test('warns of directors whose tables nobody knows', async () => {
    const { fleet, plan } = await setUp()
    await fleet.clock.advance(8000)
    for (const stop of stops.splice(0, 2)) await stop()
    await fleet.clock.advance(8000)
    const { warnings } = await plan({ weights: { web1: 1 } })
    expect(warnings.join('\n')).toMatch(/lb1 was last heard \d+ s ago/)
  })
})

describe('a plan that is applied', () => {
  test('does just that, once', async () => {
    const { fleet, plan, carryOut, seconds, tables } = await setUp()
    const shape = { weights: { ...FOUR, web2: 40 } }
    const planned = await plan(shape)
    expect(await carryOut(planned)).toMatchObject({ applied: true, changed: true, revision: 2 })
    await seconds(2, shape)
    for (const table of tables) expect(await weightsOf(table)).toEqual([100, 40, 100, 100])
    const events = await fleet.events()
    expect(events.map(({ message }) => message)).toContain(
      `bob put shop.yaml in force as revision 2, by plan ${planned.plan}: agreed`,
    )
    await expect(carryOut(planned)).rejects.toMatchObject({ code: 'api.unknown-target' })
  })

  test('is the same plan as long as only counters change', async () => {
    const { plan, busy, seconds } = await setUp()
    const first = await plan({ weights: { ...FOUR, web2: 40 } })
    busy('web2', 99)
    await seconds(3)
    expect((await plan({ weights: { ...FOUR, web2: 40 } })).plan).toBe(first.plan)
  })

  test('is refused when another revision is in force, by whom', async () => {
    const { put, plan, carryOut } = await setUp()
    const planned = await plan({ weights: { ...FOUR, web2: 40 } })
    await put({ weights: { ...FOUR, web3: 1 } })
    await expect(carryOut(planned, true)).rejects.toMatchObject({
      code: 'api.conflict',
      message: expect.stringContaining(
        'it starts from revision 1, and 2 is in force, put there by anna',
      ),
    })
  })

  test('is refused when health or the operators’ word is another, and says which', async () => {
    const { fleet, plan, carryOut, seconds } = await setUp()
    const planned = await plan({ weights: { ...FOUR, web2: 40 } })
    await seconds(8, {}, ['web2'])
    const refused = await carryOut(planned).catch((error: Error) => error.message)
    expect(refused).toContain('now: web/web2 is down')
    await seconds(8)
    expect(await carryOut(await plan({ weights: { ...FOUR, web2: 41 } }))).toBeDefined()
    await seconds(2, { weights: { ...FOUR, web2: 41 } })
    const other = await plan({ weights: { ...FOUR, web2: 42 } })
    await fleet.drain('web3')
    await expect(carryOut(other)).rejects.toMatchObject({
      message: expect.stringContaining('web/web3 is up, under drain by alice'),
    })
  })

  test('is kept for an hour', async () => {
    const { fleet, plan, carryOut } = await setUp()
    const planned = await plan({ weights: { ...FOUR, web2: 40 } })
    expect(Date.parse(planned.until ?? '')).toBe(fleet.clock.now() + 3_600_000)
    for (const stop of stops.splice(0, 3)) await stop()
    await fleet.clock.advance(3_600_001)
    await expect(carryOut(planned)).rejects.toMatchObject({ code: 'api.unknown-target' })
  })
})
