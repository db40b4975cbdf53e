import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  decodeColumns,
  encodeColumns,
} from '../../services/shared/adapters/local-history/column-codec.ts'
import { openLocalHistory } from '../../services/shared/adapters/local-history/local-history.ts'
import type { Point } from '../../services/shared/domain/point.ts'
import type { History } from '../../services/shared/ports/history.ts'
import { createManualClock } from '../support/manual-clock.ts'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-03-01T00:00:00Z')

let stateDir: string
let clock: ReturnType<typeof createManualClock>
let history: History

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'warden-local-'))
  clock = createManualClock(START + 100 * 24 * HOUR_MS)
  history = await openLocalHistory({ stateDir }, clock)
})
afterEach(async () => {
  await history.close()
  rmSync(stateDir, { recursive: true, force: true })
})

function check(at: number, latency: number, server = 'web1'): Point {
  return {
    measurement: 'check',
    at: START + at,
    tags: { service: 'web', server, check: 'http', vantage: 'here' },
    fields: { latency_ms: latency, passed: 1, failed: 0 },
  }
}

/** What samples of an hour begin with: within the four digits that are kept. */
const latencyAt = (hour: number) => (hour % 10) * 60

/** A sample each minute. */
async function fill(fromHour: number, toHour: number, of = history): Promise<void> {
  for (let hour = fromHour; hour < toHour; hour++) {
    const points = Array.from({ length: 60 }, (_, minute) =>
      check(hour * HOUR_MS + minute * 60_000, latencyAt(hour) + minute),
    )
    of.write(points)
    await of.flush()
  }
}

function ask(fromHour: number, toHour: number, stepMs: number) {
  return history.query({
    measurement: 'check',
    where: { service: 'web', server: 'web1' },
    fields: [
      { field: 'latency_ms', by: 'mean' },
      { field: 'latency_ms', by: 'max' },
      { field: 'passed', by: 'sum' },
    ],
    fromMs: START + fromHour * HOUR_MS,
    toMs: START + toHour * HOUR_MS,
    stepMs,
    groupBy: [],
  })
}

describe('a local history', () => {
  test('answers the same from memory, from fine blocks and from coarse ones', async () => {
    await fill(0, 40)
    const [series] = await ask(0, 40, HOUR_MS)
    expect(series?.rows).toEqual(
      Array.from({ length: 40 }, (_, hour) => ({
        at: START + hour * HOUR_MS,
        values: [latencyAt(hour) + 29.5, latencyAt(hour) + 59, 60],
      })),
    )
    expect(readdirSync(join(stateDir, 'history', 'coarse')).length).toBeGreaterThan(35)
    expect(readdirSync(join(stateDir, 'history', 'fine')).length).toBeLessThan(26 * 6)
  })

  test('answers the same from days, which go with their last hour', async () => {
    await history.close()
    history = await openLocalHistory({ stateDir, coarseMs: 40 * HOUR_MS }, clock)
    await fill(0, 60)
    const days = join(stateDir, 'history', 'daily')
    expect(readdirSync(days)).toHaveLength(2)
    const latest = await ask(24, 60, 10 * 60_000)
    expect(latest[0]?.rows).toEqual(
      Array.from({ length: 36 * 6 }, (_, window) => {
        const at = START + 24 * HOUR_MS + window * 600_000
        const first = latencyAt(24 + Math.floor(window / 6)) + (window % 6) * 10
        return { at, values: [first + 4.5, first + 9, 10] }
      }),
    )
    // A step that days do not have is answered by their hours.
    expect((await ask(24, 48, 15 * 60_000))[0]?.rows[1]?.values).toEqual([
      latencyAt(24) + 22,
      latencyAt(24) + 29,
      15,
    ])
    await fill(60, 72)
    expect(readdirSync(days)).toEqual([`${START + 24 * HOUR_MS}.block`])
  })

  test('goes on after a crash with all that was flushed', async () => {
    await fill(0, 3)
    // The process ends here without a word; its folder is opened by the next.
    const head = join(stateDir, 'history', 'head')
    const [wal = ''] = readdirSync(head).toReversed()
    appendFileSync(join(head, wal), Buffer.from([1, 2, 3]))
    const next = await openLocalHistory({ stateDir }, clock)
    history = next
    expect((await ask(0, 3, HOUR_MS))[0]?.rows.map(({ values }) => values[2])).toEqual([60, 60, 60])
    await fill(3, 4)
    history = await openLocalHistory({ stateDir }, clock)
    expect((await ask(0, 4, HOUR_MS))[0]?.rows).toHaveLength(4)
  })

  test('a block that is damaged is passed over, the others are there', async () => {
    await fill(0, 5)
    const coarse = join(stateDir, 'history', 'coarse')
    const [first = ''] = readdirSync(coarse).sort()
    writeFileSync(join(coarse, first), 'not a block')
    expect((await ask(0, 5, HOUR_MS))[0]?.rows.map(({ at }) => (at - START) / HOUR_MS)).toEqual([
      1, 2, 3, 4,
    ])
  })

  test('keeps within its bound, the newest longest', async () => {
    await history.close()
    history = await openLocalHistory({ stateDir, maxBytes: 30_000 }, clock)
    await fill(0, 60)
    expect(history.statistics().diskBytes).toBeLessThanOrEqual(32_000)
    const rows = (await ask(0, 60, HOUR_MS))[0]?.rows ?? []
    expect(rows.length).toBeGreaterThan(5)
    expect(rows.at(-1)?.at).toBe(START + 59 * HOUR_MS)
  })

  test('what comes after its block was written, or from a clock ahead, is counted', async () => {
    await fill(0, 2)
    history.write([check(0, 1), check(200 * 24 * HOUR_MS, 1)])
    await history.flush()
    expect(history.statistics().dropped).toEqual({ late: 2 })
  })

  test('takes no more series than it is allowed', async () => {
    await history.close()
    history = await openLocalHistory({ stateDir, maxSeries: 3 }, clock)
    history.write(Array.from({ length: 10 }, (_, index) => check(0, 1, `web${index}`)))
    await history.flush()
    expect(history.statistics()).toMatchObject({ series: 3, dropped: { 'too-many-series': 7 } })
  })

  test('is exported whole, page by page, each point once', async () => {
    await fill(0, 50)
    history.write([
      { measurement: 'transition', at: START, tags: {}, fields: { message: 'it fell' } },
    ])
    await history.flush()
    const points: Point[] = []
    for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
      const page = await history.exportPage(cursor)
      points.push(...page.points)
      cursor = page.next
    }
    const checks = points.filter(({ measurement }) => measurement === 'check')
    expect(checks.map(({ at }) => at)).toEqual(
      Array.from({ length: 50 * 60 }, (_, minute) => START + minute * 60_000),
    )
    expect(points.at(-1)).toMatchObject({ measurement: 'transition' })
    await expect(history.exportPage('nonsense')).rejects.toMatchObject({ code: 'api.bad-request' })
  })
})

describe('the columns of a block', () => {
  const rows = 60

  test('come back as they were: counts to the last one, quantities to four digits', () => {
    const slots = [{ isMeasured: false }, { isMeasured: true }, { isMeasured: true }]
    const value = fc.oneof(
      fc.constant(Number.NaN),
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    )
    const column = fc.option(fc.array(value, { minLength: rows, maxLength: rows }))
    fc.assert(
      fc.property(fc.array(column, { minLength: 3, maxLength: 3 }), (columns) => {
        const given = columns.map((one) => (one === null ? undefined : Float64Array.from(one)))
        const found = decodeColumns(encodeColumns(given, slots, rows), 3, rows)
        for (const [index, expected] of given.entries()) {
          for (let row = 0; row < rows; row++) {
            const wanted = expected?.[row] ?? Number.NaN
            const got = found[index]?.[row] ?? Number.NaN
            if (Number.isNaN(wanted)) expect(got).toBeNaN()
            else {
              const numbers = (expected ?? []).filter((one) => !Number.isNaN(one))
              const largest = Math.max(1, ...numbers.map(Math.abs))
              const isExact = slots[index]?.isMeasured === false && numbers.every(Number.isInteger)
              const most = isExact ? 0 : largest * 5.001e-4
              expect(Math.abs(got - wanted)).toBeLessThanOrEqual(most)
            }
          }
        }
      }),
    )
  })

  test('bytes that nobody wrote are refused, never read for ever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeColumns(Buffer.from(bytes), 5, rows)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
