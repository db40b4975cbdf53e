import type { NatsBus } from '../adapters/nats-bus.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { Readiness } from '../runtime/readiness.ts'

/** Shows the connection to NATS in `/readyz` and `/metrics`. */
export function watchBus(
  bus: NatsBus,
  { metrics, readiness }: { readonly metrics: Metrics; readonly readiness: Readiness },
): void {
  readiness.add('bus', () => (bus.isConnected() ? undefined : 'NATS is away'))
  const connected = metrics.gauge('lvs_warden_bus_connected', {
    help: '1 while the connection to NATS stands, else 0.',
  })
  const reconnects = metrics.counter('lvs_warden_bus_reconnects_total', {
    help: 'Times that the connection to NATS was lost and came back.',
  })
  const dropped = metrics.counter('lvs_warden_bus_dropped_messages_total', {
    help: 'Messages that were published while NATS was away, and are lost.',
  })
  let counted = bus.counts()
  metrics.onLook(() => {
    const now = bus.counts()
    connected.set({}, bus.isConnected() ? 1 : 0)
    reconnects.add({}, now.reconnects - counted.reconnects)
    dropped.add({}, now.droppedMessages - counted.droppedMessages)
    counted = now
  })
}
