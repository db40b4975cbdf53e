import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import { isoTime } from '../shared/runtime/iso-time.ts'
import { type AlertingPresence, alertingMessage } from '../shared/wire/alerting-message.ts'
import type { Status } from '../shared/wire/status.ts'
import { alertingSubject } from '../shared/wire/subjects.ts'

/** What the alerter says of itself, for whoever asks for the status. */
export interface AlertingView {
  status(): Pick<Status, 'alerting'>
  close(): void
}

/** An alerter speaks every five seconds; after so long it is not there. */
const SILENCE_MS = 20_000

/** Hears the alerter that tells people. */
export function followAlerting(cluster: string, bus: Bus, clock: Clock): AlertingView {
  let latest: { readonly said: AlertingPresence; readonly heardMs: number } | undefined
  const close = bus.subscribe(alertingSubject(cluster), (payload) => {
    latest = { said: alertingMessage.decode(payload), heardMs: clock.monotonic() }
  })
  return {
    status() {
      if (latest === undefined || clock.monotonic() - latest.heardMs > SILENCE_MS) return {}
      const { at, ...rest } = latest.said
      return { alerting: { ...rest, at: isoTime(at) } }
    },
    close,
  }
}
