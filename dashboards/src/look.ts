import { MappingType, ThresholdsMode, type ValueMapping } from '@grafana/schema'

/** Colours mean the same everywhere. */
export const COLOURS = {
  good: 'green',
  notice: 'yellow',
  warning: 'orange',
  bad: 'red',
  out: 'blue',
  unknown: 'purple',
} as const

/** A level and the colour from there on; the first has no level. */
export type Step = readonly [from: number | null, colour: string]

/** Thresholds as Grafana writes them. */
export function thresholds(...steps: readonly Step[]) {
  return {
    mode: ThresholdsMode.Absolute,
    steps: steps.map(([value, color]) => ({ value, color })),
  }
}

/** Nothing is good, anything is bad. */
export const NONE_IS_GOOD = thresholds([null, COLOURS.good], [1, COLOURS.bad])
/** A share of capacity or of success. */
export const MUCH_IS_GOOD = thresholds(
  [null, COLOURS.bad],
  [50, COLOURS.warning],
  [80, COLOURS.good],
)

/** Words and colours for numbers. */
export function words(
  options: Readonly<Record<string, readonly [text: string, colour: string]>>,
): ValueMapping[] {
  return [
    {
      type: MappingType.ValueToText,
      options: Object.fromEntries(
        Object.entries(options).map(([value, [text, color]], index) => [
          value,
          { text, color, index },
        ]),
      ),
    },
  ]
}

/** The field `state` of `real_server`. */
export const STATE_WORDS = words({
  0: ['serving', COLOURS.good],
  1: ['degraded', COLOURS.notice],
  2: ['unknown', COLOURS.unknown],
  3: ['draining', COLOURS.out],
  4: ['taken out', COLOURS.out],
  5: ['down', COLOURS.bad],
})

/** Something that is either well or not. */
export const TROUBLE_WORDS = words({ 0: ['ok', COLOURS.good], 1: ['trouble', COLOURS.bad] })
/** Somebody answers or not. */
export const REACHABLE_WORDS = words({ 0: ['away', COLOURS.bad], 1: ['ok', COLOURS.good] })
