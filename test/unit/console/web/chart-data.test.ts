import { describe, expect, test } from 'vitest'
import {
  capacityChart,
  connectionChart,
  isEmpty,
  latencyChart,
  stateSpans,
  weightChart,
} from '../../../../services/console/web/core/chart-data.ts'
import { mayOrder } from '../../../../services/console/web/core/rights.ts'
import type { HistoryAnswer } from '../../../../services/shared/wire/history-api.ts'

const answer: HistoryAnswer = {
  ...{ target: 'web/web1', fromMs: 1500, toMs: 6500, stepMs: 1000, source: 'local', events: [] },
  series: [
    {
      measurement: 'real_server',
      tags: { director: '' },
      columns: ['configured_weight mean', 'effective_weight mean', 'state max'],
      rows: [
        { at: 2000, values: [100, 100, 0] },
        { at: 3000, values: [100, 50, 5] },
        { at: 4000, values: [100, 0, 5] },
        { at: 6000, values: [100, null, 3] },
      ],
    },
    {
      ...{ measurement: 'real_server', tags: { director: 'lvs1' }, columns: ['active mean'] },
      rows: [{ at: 3000, values: [7] }],
    },
    {
      measurement: 'check',
      tags: { check: 'http', vantage: 'berlin' },
      columns: ['latency_ms mean', 'latency_ms max'],
      rows: [{ at: 4000, values: [2.5, 9] }],
    },
  ],
}

describe('what is drawn of the past', () => {
  test('is in states one after the other, with gaps where nothing was kept', () => {
    const spans = stateSpans(answer).map(({ from, to, mark }) => [from, to, mark])
    expect(spans).toEqual([
      [1500, 2500, undefined],
      [2500, 3500, 'serving'],
      [3500, 5500, 'down'],
      [5500, 6500, undefined],
    ])
  })

  test('is in lines with a place for each window', () => {
    const { times, lines } = weightChart(answer)
    expect(times).toEqual([1, 2, 3, 4, 5, 6])
    expect(lines).toEqual([
      { name: 'configured', values: [null, 100, 100, 100, null, 100] },
      { name: 'effective', values: [null, 100, 50, 0, null, null] },
    ])
  })

  test('names checks with their vantage, and directors', () => {
    expect(latencyChart(answer).lines).toEqual([
      { name: 'http, berlin', values: [null, null, null, 2.5, null, null] },
    ])
    expect(connectionChart(answer).lines).toEqual([
      { name: 'lvs1', values: [null, null, 7, null, null, null] },
    ])
  })

  test('is empty where nothing was kept', () => {
    expect(isEmpty(capacityChart(answer))).toBe(true)
    expect(isEmpty(weightChart(answer))).toBe(false)
  })
})

describe('orders are shown to', () => {
  const session = { cluster: 'shop', name: 'otto', role: 'operator' } as const
  test.each([
    [{ ...session, role: 'viewer' as const }, false],
    [session, true],
    [{ ...session, services: ['web-*'] }, false],
    [{ ...session, services: ['we*'] }, true],
    [{ ...session, role: 'admin' as const }, true],
  ])('%j: %s', (who, may) => {
    expect(mayOrder(who, 'web/web1')).toBe(may)
  })
})
