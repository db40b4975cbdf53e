import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import {
  DASHBOARD_METRICS,
  dashboardFields,
  dashboardMetricsTable,
} from '../../support/dashboard-metrics.ts'
import { metricsOfSources, metricsTable, optionTables } from '../../support/services-page.ts'
import { readSources } from '../../support/source-files.ts'

const page = new URL('../../../docs/reference/services.md', import.meta.url)

test('docs/reference/services.md has the options and metrics that there are (REWRITE=1 writes it)', async () => {
  const text = await readFile(page, 'utf8')
  const parts = {
    options: optionTables(),
    metrics: metricsTable(),
    dashboards: dashboardMetricsTable(),
  }
  let wanted = text
  for (const [name, part] of Object.entries(parts)) {
    const block = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- end -->`)
    expect(wanted).toMatch(block)
    wanted = wanted.replace(block, () => `<!-- ${name} -->\n\n${part}\n<!-- end -->`)
  }
  if (process.env['REWRITE'] === '1') await writeFile(page, wanted)
  else expect(text).toBe(wanted)
})

test('every metric that a source names is on the page', () => {
  const found = new Set(metricsOfSources().map(({ name }) => name.replace(/\{.*/, '')))
  const named = readSources(['services'], ['.ts']).flatMap(
    ({ text }) => text.match(/'lvs_warden_[a-z_]+'/g) ?? [],
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !found.has(name.slice(1, -1)))).toEqual([])
})

describe('whoever has Prometheus and no InfluxDB', () => {
  test('finds a metric for every field that a dashboard shows', () => {
    const fields = dashboardFields()
    expect(fields.length).toBeGreaterThan(50)
    expect(fields.filter((field) => DASHBOARD_METRICS[field] === undefined)).toEqual([])
  })

  test('is referred to metrics that there are', () => {
    const known = new Set(metricsOfSources().map(({ name }) => name.replace(/\{.*/, '')))
    const named = Object.values(DASHBOARD_METRICS).flatMap(
      (text) => spelledOut(text).match(/lvs_warden_\w+/g) ?? [],
    )
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })
})

/** `a_{up,down}` is `a_up a_down`. */
function spelledOut(text: string): string {
  return text.replace(/(\w+_)\{([\w,]+)\}/g, (_, stem: string, ends: string) =>
    ends
      .split(',')
      .map((end) => stem + end)
      .join(' '),
  )
}

/** What `promtool check metrics` objects to, and the naming rules of prometheus.io/docs/practices. */
describe('names of metrics', () => {
  const metrics = metricsOfSources().map(({ name, kind, help }) => {
    const [bare = '', labels = ''] = name.replace('}', '').split('{')
    return { name: bare, labels: labels === '' ? [] : labels.split(', '), kind, help }
  })

  test('of counters end in _total, and no others', () => {
    const wrong = metrics.filter(
      ({ name, kind }) => name.endsWith('_total') !== (kind === 'counter'),
    )
    expect(wrong).toEqual([])
  })

  test('have base units, in full, at the end', () => {
    const other =
      /_(ms|milliseconds|microseconds|minutes|hours|days|kilobytes|kb|megabytes|mb|bits|percent|sec|secs|msec)(_|$)/
    const misplaced = /_(seconds|bytes|ratio)_(?!total$)/
    const wrong = metrics.filter(({ name }) => other.test(name) || misplaced.test(name))
    expect(wrong).toEqual([])
  })

  test('of histograms say what they measure, and none says its kind or a reserved ending', () => {
    const wrong = metrics.filter(
      ({ name, kind }) =>
        /_(count|sum|bucket)$/.test(name) ||
        /_(gauge|counter|histogram|summary|metric)(_|$)/.test(name) ||
        (kind === 'histogram' && !/_(seconds|bytes)$/.test(name)),
    )
    expect(wrong).toEqual([])
  })

  test('come with a sentence that says what is counted', () => {
    const wrong = metrics.filter(({ help }) => !/^[A-Z0-9].{10,}\.$/.test(help))
    expect(wrong).toEqual([])
  })

  test('are not repeated in labels, which are no reserved words', () => {
    const wrong = metrics.flatMap(({ name, labels }) =>
      labels
        .filter(
          (label) =>
            !/^[a-z][a-z_]*$/.test(label) || ['le', 'quantile', 'job', 'instance'].includes(label),
        )
        .map((label) => `${name}{${label}}`),
    )
    expect(wrong).toEqual([])
  })
})
