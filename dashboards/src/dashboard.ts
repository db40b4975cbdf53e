import {
  type AnnotationQuery,
  type Dashboard,
  DashboardCursorSync,
  type DashboardLink,
  type Panel,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/schema'
import type { MeasurementName } from '../../services/shared/domain/measurements.ts'
import { DATA_SOURCE } from './influx-target.ts'
import type { Draft } from './panels.ts'

/** A dashboard before its panels have places. */
export interface DashboardDraft {
  readonly uid: string
  readonly title: string
  readonly description: string
  /** Names of variables over tags, each within those before it. */
  readonly variables: readonly VariableModel[]
  readonly annotations?: readonly AnnotationQuery[]
  readonly rows: readonly { readonly title: string; readonly panels: readonly Draft[] }[]
  /** `now-6h` by default. */
  readonly from?: string
}

/** All dashboards carry it, and each links to those that do. */
export const TAG = 'lvs-warden'
/** Classic JSON that file provisioning takes on Grafana 11 to 13. */
const SCHEMA_VERSION = 39
const COLUMNS = 24

/** Gives each panel its number and place: from left to right, row by row. */
export function dashboard(draft: DashboardDraft): Dashboard {
  const { uid, title, description, variables, annotations = [], from = 'now-6h' } = draft
  return {
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    refresh: '10s',
    time: { from, to: 'now' },
    timezone: 'browser',
    timepicker: {},
    fiscalYearStartMonth: 0,
    liveNow: false,
    links: [LINK_TO_OTHERS],
    templating: { list: [...variables, RESOLUTION] },
    annotations: { list: [...annotations] },
    panels: layOut(draft),
  }
}

function layOut({ rows }: DashboardDraft): NonNullable<Dashboard['panels']> {
  const panels: NonNullable<Dashboard['panels']> = []
  let y = 0
  for (const { title, panels: drafts } of rows) {
    const place = { x: 0, y, w: COLUMNS, h: 1 }
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: place,
      panels: [],
    })
    y++
    let x = 0
    let tallest = 0
    for (const { width, height, panel } of drafts) {
      if (x + width > COLUMNS) {
        y += tallest
        x = 0
        tallest = 0
      }
      const gridPos = { x, y, w: width, h: height }
      panels.push({ ...panel, id: panels.length + 1, gridPos } satisfies Panel)
      x += width
      tallest = Math.max(tallest, height)
    }
    y += tallest
  }
  return panels
}

/** A menu of all dashboards of ours; time and variables go along. */
const LINK_TO_OTHERS: DashboardLink = {
  type: 'dashboards',
  title: 'LVS Warden',
  tags: [TAG],
  asDropdown: true,
  icon: 'external link',
  includeVars: true,
  keepTime: true,
  targetBlank: false,
  tooltip: '',
  url: '',
}

/** Raw points are kept for two weeks; what is older is there by the minute and by the hour. */
const RESOLUTION: VariableModel = {
  type: 'custom',
  name: 'resolution',
  label: 'Resolution',
  description: 'raw: the last 14 days; minute: 90 days; hour: two years',
  query: 'raw,minute,hour',
  current: { selected: true, text: 'raw', value: 'raw' },
  options: ['raw', 'minute', 'hour'].map((value) => ({
    selected: value === 'raw',
    text: value,
    value,
  })),
  hide: VariableHide.dontHide,
  includeAll: false,
  multi: false,
  skipUrlSync: false,
}

/** How a variable chooses among the values of a tag. */
export interface TagVariable {
  readonly name: string
  readonly label: string
  readonly from: MeasurementName
  /** Variables that narrow it. */
  readonly within?: readonly string[]
  /** One value at a time; several and all otherwise. */
  readonly isSingle?: boolean
}

/** A variable over the values of the tag of its name. */
export function tagVariable({
  name,
  label,
  from,
  within = [],
  isSingle,
}: TagVariable): VariableModel {
  const where = within.map((other) => `"${other}" =~ /^$${other}$/`).join(' AND ')
  const only = where === '' ? '' : ` WHERE ${where}`
  const isMulti = isSingle !== true
  return {
    type: 'query',
    name,
    label,
    datasource: DATA_SOURCE,
    query: `SHOW TAG VALUES FROM "${from}" WITH KEY = "${name}"${only}`,
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.naturalAsc,
    hide: VariableHide.dontHide,
    includeAll: isMulti,
    multi: isMulti,
    ...(isMulti && {
      allValue: '.*',
      current: { selected: true, text: 'All', value: '$__all' },
    }),
    options: [],
    regex: '',
    skipUrlSync: false,
  }
}

/** Events as marks in every panel over time. */
export function annotation(
  name: string,
  iconColor: string,
  from: 'transition' | 'operator_action',
  where: readonly string[],
): AnnotationQuery {
  const conditions = ['$timeFilter', ...where].join(' AND ')
  const target = {
    refId: 'Anno',
    datasource: DATA_SOURCE,
    query: `SELECT "message", "type" FROM "event"."${from}" WHERE ${conditions} LIMIT 500`,
    queryType: 'tags',
    rawQuery: true,
    fromAnnotations: true,
    textEditor: true,
    textColumn: 'message',
    tagsColumn: 'type',
    name,
  }
  return { name, enable: true, iconColor, datasource: DATA_SOURCE, target }
}
