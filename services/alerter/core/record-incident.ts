import type { AlertCommand } from './alert-state.ts'
import type { Incident } from './incident.ts'

/** What happens to an incident, in the event log. */
export function incidentEvent(
  { id }: Incident,
  at: number,
  to: 'opened' | 'told' | 'acked' | 'lapsed' | 'over',
  message: string,
  by?: string,
): AlertCommand {
  const event = { at, type: 'incident', alert: `incident/${id}`, to, message } as const
  return { type: 'record-event', event: { ...event, ...(by !== undefined && { by }) } }
}
