import type { Bus } from '../../services/shared/ports/bus.ts'

/** One process's connection to a bus of many, which a test can cut. */
export interface CuttableBus extends Bus {
  /** Nothing comes or goes any more; what is published is lost. */
  cut(): void
  mend(): void
}

/** A connection of its own to a bus. */
export function createCuttableBus(bus: Bus): CuttableBus {
  let isCut = false
  return {
    ...bus,
    isConnected: () => !isCut && bus.isConnected(),
    publish(subject, payload) {
      if (!isCut) bus.publish(subject, payload)
    },
    subscribe: (subject, handler) =>
      bus.subscribe(subject, (payload, from) => {
        if (!isCut) handler(payload, from)
      }),
    cut() {
      isCut = true
    },
    mend() {
      isCut = false
    },
  }
}
