/** Deliveries in one go, after which timers and sockets get their turn. */
const BATCH = 1024

/** The one queue of an in-process bus: order of delivery is order of pushing. */
export interface DeliveryQueue {
  push(callback: () => unknown, where: string): void
  track<Result>(work: Promise<Result>): Promise<Result>
  settled(): Promise<void>
}

interface Delivery {
  readonly callback: () => unknown
  readonly where: string
}

/**
 * Delivers soon after the pusher's own work is done, never within it, and after what other sockets
 * have to say in the same turn of the event loop: what comes together is dealt with together. A
 * callback that throws, or returns a promise that rejects, is reported and disturbs no other.
 */
export function createDeliveryQueue(
  onError: (error: unknown, where: string) => void,
): DeliveryQueue {
  let waiting: Delivery[] = []
  let head = 0
  let scheduled = false
  let tracked = 0

  function run({ callback, where }: Delivery): void {
    try {
      const result = callback()
      if (result instanceof Promise) result.catch((error: unknown) => onError(error, where))
    } catch (error) {
      onError(error, where)
    }
  }

  /** Without an end to a batch timers and sockets would starve when handlers keep publishing. */
  function drain(): void {
    for (let done = 0; done < BATCH; done++) {
      const delivery = waiting[head]
      if (delivery === undefined) {
        waiting = []
        head = 0
        scheduled = false
        return
      }
      head++
      run(delivery)
    }
    waiting = waiting.slice(head)
    head = 0
    setImmediate(drain)
  }

  function push(callback: () => unknown, where: string): void {
    waiting.push({ callback, where })
    if (scheduled) return
    scheduled = true
    setImmediate(drain)
  }

  async function track<Result>(work: Promise<Result>): Promise<Result> {
    tracked++
    try {
      return await work
    } finally {
      tracked--
    }
  }

  async function settled(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve))
    } while (scheduled || tracked > 0)
  }

  return { push, track, settled }
}
