import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  type DashboardLink,
  type DataTransformerConfig,
  type FieldConfig,
  GraphDrawStyle,
  LegendDisplayMode,
  LineInterpolation,
  type MatcherConfig,
  type Panel,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/schema'
import { DATA_SOURCE, type InfluxTarget } from './influx-target.ts'
import { COLOURS, thresholds } from './look.ts'

/** What every panel is told. */
export interface PanelBase {
  readonly title: string
  /** Which question it answers, and what to do about it; shown at the panel. */
  readonly description: string
  readonly targets: readonly InfluxTarget[]
  /** Of 24 columns. */
  readonly width: number
  readonly height?: number
  readonly unit?: string
  readonly defaults?: Partial<FieldConfig>
  readonly overrides?: readonly Override[]
  readonly transformations?: readonly DataTransformerConfig[]
  readonly links?: readonly DashboardLink[]
}

/** Other properties for some fields. */
export interface Override {
  readonly matcher: MatcherConfig
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[]
}

/** A panel that has no place yet. */
export interface Draft {
  readonly width: number
  readonly height: number
  readonly panel: Omit<Panel, 'id' | 'gridPos'>
}

/** Samples are not closer than this; finer windows would be empty. */
const FINEST = '10s'
const HEIGHT = 8

function draft(type: string, base: PanelBase, options: object, custom: object = {}): Draft {
  const { title, description, targets, width, height = HEIGHT, unit, defaults } = base
  return {
    width,
    height,
    panel: {
      type,
      title,
      description,
      datasource: DATA_SOURCE,
      interval: FINEST,
      targets: [...targets],
      fieldConfig: {
        defaults: {
          ...(unit !== undefined && { unit }),
          thresholds: thresholds([null, COLOURS.good]),
          ...defaults,
          custom: { ...custom, ...defaults?.custom },
        },
        overrides: (base.overrides ?? []).map(({ matcher, properties }) => ({
          matcher,
          properties: [...properties],
        })),
      },
      options: { ...options },
      ...(base.transformations !== undefined && { transformations: [...base.transformations] }),
      ...(base.links !== undefined && { links: [...base.links] }),
    },
  }
}

/** Lines over time; stacked areas with `isStacked`. */
export function lines(base: PanelBase & { readonly isStacked?: boolean }): Draft {
  return draft(
    'timeseries',
    base,
    {
      legend: {
        calcs: ['mean', 'max', 'lastNotNull'],
        displayMode: LegendDisplayMode.Table,
        placement: 'bottom',
        showLegend: true,
      },
      tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
    },
    {
      drawStyle: GraphDrawStyle.Line,
      lineInterpolation: LineInterpolation.Linear,
      lineWidth: 1,
      fillOpacity: base.isStacked === true ? 40 : 8,
      // A sample a window at the finest: a missed one is no gap, a minute is.
      spanNulls: 60_000,
      ...(base.isStacked === true && { stacking: { mode: StackingMode.Normal, group: 'A' } }),
    },
  )
}

/** Bars over time, for things that are counted. */
export function bars(base: PanelBase): Draft {
  const { panel, ...place } = lines(base)
  const { fieldConfig } = panel
  const custom = {
    drawStyle: GraphDrawStyle.Bars,
    fillOpacity: 60,
    lineWidth: 0,
    stacking: { mode: StackingMode.Normal, group: 'A' },
  }
  const defaults = { ...fieldConfig?.defaults, custom }
  return { ...place, panel: { ...panel, fieldConfig: { defaults, overrides: [] } } }
}

/** A number or a few, as they are now. */
export function numbers(base: PanelBase & { readonly calc?: string }): Draft {
  return draft(
    'stat',
    { height: 4, ...base },
    {
      reduceOptions: { calcs: [base.calc ?? 'lastNotNull'], fields: '', values: false },
      orientation: VizOrientation.Auto,
      textMode: BigValueTextMode.Auto,
      colorMode: BigValueColorMode.Background,
      graphMode: BigValueGraphMode.None,
      justifyMode: BigValueJustifyMode.Auto,
      percentChangeColorMode: PercentChangeColorMode.Standard,
      showPercentChange: false,
      wideLayout: true,
    },
  )
}

/** What state something was in, a row each. */
export function states(base: PanelBase): Draft {
  return draft(
    'state-timeline',
    base,
    {
      alignValue: 'left',
      mergeValues: true,
      rowHeight: 0.85,
      showValue: VisibilityMode.Auto,
      legend: {
        calcs: [],
        displayMode: LegendDisplayMode.List,
        placement: 'bottom',
        showLegend: true,
      },
      tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
    },
    { fillOpacity: 75, lineWidth: 0 },
  )
}

/** Rows and columns. */
export function rows(
  base: PanelBase & { readonly sortBy?: string; readonly desc?: boolean },
): Draft {
  const { sortBy, desc = true } = base
  return draft(
    'table',
    base,
    {
      showHeader: true,
      frameIndex: 0,
      cellHeight: 'sm',
      ...(sortBy !== undefined && { sortBy: [{ displayName: sortBy, desc }] }),
    },
    { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
  )
}

/** How often which value, over time. */
export function heat(base: PanelBase): Draft {
  return draft('heatmap', base, {
    calculate: true,
    calculation: {
      xBuckets: { mode: 'size', value: '' },
      yBuckets: { mode: 'count', value: '24' },
    },
    cellGap: 1,
    color: {
      mode: 'scheme',
      scheme: 'Turbo',
      fill: 'dark-orange',
      exponent: 0.5,
      steps: 64,
      reverse: false,
      scale: 'exponential',
    },
    exemplars: { color: 'rgba(255,0,255,0.7)' },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: 'auto' },
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, yHistogram: true, showColorScale: true },
    yAxis: { axisPlacement: 'left', reverse: false, unit: base.unit ?? 'ms' },
  })
}

/** Properties for the fields of one name. */
export function forField(name: string, properties: Readonly<Record<string, unknown>>): Override {
  return {
    matcher: { id: 'byName', options: name },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  }
}
