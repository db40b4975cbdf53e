import type { Notification } from '../../domain/notification.ts'

/** How a notification looks at first sight. */
export interface Tone {
  readonly emoji: string
  /** `#rrggbb`. */
  readonly color: string
  /** ntfy's: 5 is the loudest. */
  readonly priority: 1 | 2 | 3 | 4 | 5
  /** ntfy's short codes of emojis. */
  readonly tag: string
}

const WELL: Tone = { emoji: '✅', color: '#2e7d32', priority: 3, tag: 'white_check_mark' }
const QUIET: Tone = { emoji: 'ℹ️', color: '#546e7a', priority: 2, tag: 'information_source' }
const WARNING: Tone = { emoji: '⚠️', color: '#ef6c00', priority: 4, tag: 'warning' }
const CRITICAL: Tone = { emoji: '🔴', color: '#c62828', priority: 5, tag: 'rotating_light' }

/** What is wrong is loud by its severity; what is over or only to be known is not. */
export function toneOf({ kind, severity }: Pick<Notification, 'kind' | 'severity'>): Tone {
  if (kind === 'up') return WELL
  if (kind === 'ack' || kind === 'startup' || kind === 'test' || kind === 'digest') return QUIET
  if (severity === 'critical') return CRITICAL
  return severity === 'warning' ? WARNING : QUIET
}
