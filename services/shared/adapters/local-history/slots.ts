import { type Aggregate, type MeasurementName, measurementSpec } from '../../domain/measurements.ts'

/** One column of numbers that is kept of a measurement: what one of its roll-ups is made of. */
export interface Slot {
  readonly field: string
  /** A mean is kept with how many samples it is of, so that means of means are right. */
  readonly part: Aggregate | 'count'
  /** Of a quantity, such as a rate: its last digits tell nobody anything. Others are counted. */
  readonly isMeasured: boolean
}

const known = new Map<MeasurementName, readonly Slot[]>()

/** The columns of a measurement, in the order in which files have them. */
export function slotsOf(measurement: MeasurementName): readonly Slot[] {
  let slots = known.get(measurement)
  if (slots === undefined) {
    const { fields } = measurementSpec(measurement)
    slots = Object.entries(fields).flatMap(([field, { rollUps, type }]) => {
      const isMeasured = type === 'float'
      return rollUps.flatMap((by): Slot[] =>
        by === 'mean'
          ? [
              { field, part: 'mean', isMeasured },
              { field, part: 'count', isMeasured: false },
            ]
          : [{ field, part: by, isMeasured }],
      )
    })
    known.set(measurement, slots)
  }
  return slots
}

/** Where a column stands; -1 for one that is not kept. */
export function slotIndex(measurement: MeasurementName, field: string, part: Slot['part']): number {
  return slotsOf(measurement).findIndex((slot) => slot.field === field && slot.part === part)
}
