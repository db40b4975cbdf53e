import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Point } from '../../services/shared/domain/point.ts'
import type { History, HistoryQuery } from '../../services/shared/ports/history.ts'

/** A history to be tested, and what only the adapter knows. */
export interface HistoryUnderTest {
  readonly history: History
  /** Closes it and opens it again with what it kept. */
  reopen(): Promise<History>
  dispose(): Promise<void>
}

const MINUTE_MS = 60_000
/** An hour ago, at a full hour of ten minutes: within every retention, and in whole windows. */
const BASE = Math.floor(Date.now() / 600_000) * 600_000 - 3_600_000

function check(at: number, tags: Record<string, string>, fields: Point['fields']): Point {
  const names = { service: 'web', server: 'web1', check: 'http', vantage: 'here' }
  return { measurement: 'check', at: BASE + at, tags: { ...names, ...tags }, fields }
}

function transition(at: number, message: string, tags: Record<string, string> = {}): Point {
  return { measurement: 'transition', at: BASE + at, tags, fields: { message } }
}

function asked(query: Partial<HistoryQuery> = {}): HistoryQuery {
  return {
    measurement: 'check',
    where: {},
    fields: [
      { field: 'latency_ms', by: 'mean' },
      { field: 'latency_ms', by: 'max' },
      { field: 'failed', by: 'sum' },
    ],
    fromMs: BASE,
    toMs: BASE + 10 * MINUTE_MS,
    stepMs: 10_000,
    groupBy: [],
    ...query,
  }
}

const ALL = { fromMs: BASE - MINUTE_MS, toMs: BASE + 10 * MINUTE_MS, limit: 100, where: {} }

/** What every history does, whatever it is kept in. */
export function historyContract(name: string, open: () => Promise<HistoryUnderTest>): void {
  describe(`a history in ${name}`, () => {
    let place: HistoryUnderTest
    let history: History

    beforeEach(async () => {
      place = await open()
      history = place.history
    })
    afterEach(() => place.dispose())

    async function keep(points: readonly Point[]): Promise<void> {
      history.write(points)
      await history.flush()
    }

    test('has nothing at first', async () => {
      expect(await history.query(asked())).toEqual([])
      expect(await history.events({ measurement: 'transition', ...ALL })).toEqual([])
    })

    test('samples come back rolled up in windows; those without points are left out', async () => {
      await keep([
        check(1000, {}, { latency_ms: 2, failed: 0 }),
        check(3000, {}, { latency_ms: 4, failed: 1 }),
        check(25_000, {}, { latency_ms: 8, failed: 1 }),
      ])
      expect(await history.query(asked())).toEqual([
        {
          tags: {},
          rows: [
            { at: BASE, values: [3, 4, 1] },
            { at: BASE + 20_000, values: [8, 8, 1] },
          ],
        },
      ])
    })

    test('a longer window weighs every sample the same', async () => {
      await keep([
        ...[1, 2, 3].map((second) => check(second * 1000, {}, { latency_ms: 1, failed: 1 })),
        check(45_000, {}, { latency_ms: 5, failed: 1 }),
        check(61_000, {}, { latency_ms: 7, failed: 0 }),
      ])
      const [series] = await history.query(asked({ stepMs: MINUTE_MS }))
      expect(series?.rows).toEqual([
        { at: BASE, values: [2, 5, 4] },
        { at: BASE + MINUTE_MS, values: [7, 7, 0] },
      ])
    })

    test('both ends of a range are moved outwards to whole windows', async () => {
      await keep([
        check(1000, {}, { latency_ms: 1 }),
        check(119_000, {}, { latency_ms: 2 }),
        check(121_000, {}, { latency_ms: 3 }),
      ])
      const range = { fromMs: BASE + 30_000, toMs: BASE + 61_000, stepMs: MINUTE_MS }
      const [series] = await history.query(asked(range))
      expect(series?.rows.map(({ at }) => at)).toEqual([BASE, BASE + MINUTE_MS])
    })

    test('what a sample does not have is null', async () => {
      await keep([check(1000, {}, { failed: 1 })])
      const [series] = await history.query(asked())
      expect(series?.rows).toEqual([{ at: BASE, values: [null, null, 1] }])
    })

    test('series are told apart by the tags that were asked for, and filtered by any', async () => {
      await keep([
        check(1000, { server: 'web1', vantage: 'a' }, { latency_ms: 1 }),
        check(1000, { server: 'web2', vantage: 'a' }, { latency_ms: 2 }),
        check(1000, { server: 'web2', vantage: 'b' }, { latency_ms: 4 }),
        check(1000, { server: 'web3', vantage: 'a' }, { latency_ms: 100 }),
      ])
      const where = { service: 'web', server: ['web1', 'web2'] }
      const found = await history.query(asked({ where, groupBy: ['server'] }))
      const values = found.map(({ tags, rows }) => [tags['server'], rows[0]?.values[0]])
      expect(values.sort()).toEqual([
        ['web1', 1],
        ['web2', 3],
      ])
      expect(await history.query(asked({ where: { service: 'mail' } }))).toEqual([])
    })

    test('points of one measurement may lack a tag; that is a group of its own', async () => {
      const of = (tags: Point['tags'], fields: Point['fields']): Point => ({
        measurement: 'real_server',
        at: BASE + 1000,
        tags: { service: 'web', server: 'web1', ...tags },
        fields,
      })
      await keep([of({}, { effective_weight: 100 }), of({ director: 'lb1' }, { weight: 50 })])
      const fields = [
        { field: 'effective_weight', by: 'mean' },
        { field: 'weight', by: 'mean' },
      ] as const
      const query = asked({ measurement: 'real_server', fields, groupBy: ['director'] })
      const found = [...(await history.query(query))].sort((a, b) =>
        String(a.tags['director']).localeCompare(String(b.tags['director'])),
      )
      expect(found).toEqual([
        { tags: { director: '' }, rows: [{ at: BASE, values: [100, null] }] },
        { tags: { director: 'lb1' }, rows: [{ at: BASE, values: [null, 50] }] },
      ])
    })

    test('events of one moment are all there, in order, the latest of many', async () => {
      await keep([
        transition(1.001, 'first', { type: 'health', service: 'web' }),
        transition(1.002, 'second', { type: 'health', service: 'web' }),
        transition(2, 'third', { type: 'weight', service: 'mail' }),
      ])
      const query = { measurement: 'transition', ...ALL } as const
      const messages = async (more: object) =>
        (await history.events({ ...query, ...more })).map(({ fields }) => fields['message'])
      expect(await messages({})).toEqual(['first', 'second', 'third'])
      expect(await messages({ limit: 2 })).toEqual(['second', 'third'])
      expect(await messages({ where: { type: 'health' } })).toEqual(['first', 'second'])
      expect(await messages({ fromMs: BASE + 2 })).toEqual(['third'])
      const [first] = await history.events(query)
      expect(first).toEqual(transition(1.001, 'first', { type: 'health', service: 'web' }))
    })

    test('no tag or field can break out of its place', async () => {
      const evil = 'a,b=c d"e\'f\\\ncheck,service=x failed=1i 1'
      await keep([
        check(1000, { server: evil }, { latency_ms: 1, code: evil, failed: 0 }),
        check(1000, { server: '' }, { latency_ms: Number.NaN, failed: 0 }),
        check(1000, { vantage: 'ends\\', nonsense: 'x' }, { latency_ms: 2, nonsense: 3 }),
        transition(1, `line one\nline two "quoted" \\`, { type: 'health' }),
      ])
      const found = await history.query(asked({ groupBy: ['server', 'vantage'] }))
      expect(found.map(({ tags }) => tags['server']).sort()).toEqual([
        '',
        `a,b=c d"e'f/ check,service=x failed=1i 1`,
        'web1',
      ])
      expect(await history.query(asked({ where: { service: 'x' } }))).toEqual([])
      const [event] = await history.events({ measurement: 'transition', ...ALL })
      expect(event?.fields['message']).toBe(`line one\nline two "quoted" \\`)
      const where = { server: "x' OR 'a'='a" }
      expect(await history.query(asked({ where }))).toEqual([])
    })

    test('what is not declared is refused, and so is more than a chart can show', async () => {
      const refused = (query: Partial<HistoryQuery>) =>
        expect(history.query(asked(query))).rejects.toMatchObject({ code: 'history.unsupported' })
      await refused({ fields: [{ field: 'latency_ms', by: 'sum' }] })
      await refused({ fields: [{ field: 'nonsense', by: 'mean' }] })
      await refused({ groupBy: ['nonsense'] })
      await refused({ where: { nonsense: 'x' } })
      await refused({ measurement: 'transition' })
      await refused({ stepMs: 15_000 })
      const tooMuch = history.query(asked({ toMs: BASE + 7 * 86_400_000 }))
      await expect(tooMuch).rejects.toMatchObject({ code: 'history.too-much' })
    })

    test('everything is there after it was closed and opened again', async () => {
      history.write([
        check(1000, {}, { latency_ms: 2, failed: 0 }),
        transition(5, 'it fell', { type: 'health' }),
      ])
      history = await place.reopen()
      const [series] = await history.query(asked())
      expect(series?.rows).toEqual([{ at: BASE, values: [2, 2, 0] }])
      history.write([check(12_000, {}, { latency_ms: 4, failed: 1 })])
      await history.flush()
      const [more] = await history.query(asked())
      expect(more?.rows).toHaveLength(2)
      expect(await history.events({ measurement: 'transition', ...ALL })).toHaveLength(1)
    })

    test('it counts what it was given', async () => {
      await keep([check(1000, {}, { latency_ms: 1 }), check(2000, {}, { latency_ms: 1 })])
      expect(history.statistics()).toMatchObject({ taken: 2, written: 2, series: 1, dropped: {} })
    })
  })
}
