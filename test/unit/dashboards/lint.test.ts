import type { Panel } from '@grafana/schema'
import { describe, expect, test } from 'vitest'
import { ALERT_RULES, provisionedRule } from '../../../dashboards/src/alert-rules.ts'
import { DASHBOARDS } from '../../../dashboards/src/generate.ts'
import { DATA_SOURCE } from '../../../dashboards/src/influx-target.ts'
import { UIDS } from '../../../dashboards/src/link-to.ts'

/** Plugins that Grafana 11 to 13 brings along. */
const TYPES = ['row', 'timeseries', 'stat', 'state-timeline', 'table', 'heatmap', 'barchart']
const UID = /^[A-Za-z0-9_-]{1,40}$/
const COLUMNS = 24

describe.each(Object.entries(DASHBOARDS))('the dashboard %s', (_, dashboard) => {
  const panels = (dashboard.panels ?? []) as Panel[]
  const drawn = panels.filter(({ type }) => type !== 'row')

  test('is classic JSON with an identity of its own and no place of another machine', () => {
    expect(dashboard.schemaVersion).toBe(39)
    expect(dashboard.uid).toMatch(UID)
    expect(Object.values<string | undefined>(UIDS)).toContain(dashboard.uid)
    expect(dashboard).not.toHaveProperty('id')
    expect(dashboard).not.toHaveProperty('__inputs')
    expect(dashboard.links?.[0]).toMatchObject({ type: 'dashboards', includeVars: true })
  })

  test('numbers its panels once', () => {
    const ids = panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has panels within 24 columns that do not lie on each other', () => {
    const taken = new Set<string>()
    for (const { gridPos, title } of panels) {
      expect(gridPos, title).toBeDefined()
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {}
      expect(x + w, title).toBeLessThanOrEqual(COLUMNS)
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column}.${line}`), `${title} lies on another`).toBe(false)
          taken.add(`${column}.${line}`)
        }
      }
    }
  })

  test('uses panels that Grafana has, each with a title, a reason and a query', () => {
    expect(drawn.length).toBeGreaterThan(5)
    for (const { type, title, description, targets, datasource } of drawn) {
      expect(TYPES).toContain(type)
      expect(title, type).toMatch(/^[A-Z]/)
      expect(description, title).toMatch(/^[A-Z].*\.$/)
      expect(datasource, title).toEqual(DATA_SOURCE)
      const ids = (targets ?? []).map(({ refId }) => refId)
      expect(ids.length, title).toBeGreaterThan(0)
      expect(new Set(ids).size, title).toBe(ids.length)
    }
    const titles = drawn.map(({ title, type }) => `${type} ${title}`)
    expect(new Set(titles).size).toBe(titles.length)
  })

  test('refers to variables that it has, and to no other', () => {
    const own = (dashboard.templating?.list ?? []).map(({ name }) => name)
    const known = new Set([...own, 'timeFilter', '__interval'])
    for (const query of queriesOf(dashboard)) {
      const used = [...query.matchAll(/\$(\w+)/g)].map(([, name]) => name)
      for (const name of used) expect(known, query).toContain(name)
    }
    for (const name of own) expect(queriesOf(dashboard).join(), name).toContain(`$${name}`)
  })

  test('gives numbers over time a unit where the measurement has one', () => {
    for (const { fieldConfig, targets, title } of drawn) {
      const text = JSON.stringify(targets)
      if (/_ms|_rate|_percent|_bytes/.test(text)) {
        expect(fieldConfig?.defaults.unit, title).toBeDefined()
      }
    }
  })
})

describe('the alert rules', () => {
  test('have identities of their own and lead to a dashboard that is there', () => {
    const uids = ALERT_RULES.map(({ uid }) => uid)
    expect(new Set(uids).size).toBe(uids.length)
    for (const { uid, dashboard, query } of ALERT_RULES) {
      expect(uid).toMatch(UID)
      expect(Object.values<string>(UIDS)).toContain(dashboard)
      expect(query.replace('$timeFilter', '')).not.toContain('$')
    }
  })

  test('ask, reduce and compare', () => {
    for (const rule of ALERT_RULES) {
      const { condition, data, noDataState, execErrState } = provisionedRule(rule)
      expect(data.map(({ refId }) => refId)).toEqual(['A', 'B', 'C'])
      expect(condition).toBe('C')
      expect(['NoData', 'OK', 'Alerting', 'KeepLast']).toContain(noDataState)
      expect(['Error', 'OK', 'Alerting', 'KeepLast']).toContain(execErrState)
    }
  })
})

function queriesOf(dashboard: (typeof DASHBOARDS)[string]): string[] {
  const text = JSON.stringify([dashboard.panels, dashboard.annotations, dashboard.templating])
  return [...text.matchAll(/"query":"((?:[^"\\]|\\.)*)"/g)].map(([, query]) => query ?? '')
}
