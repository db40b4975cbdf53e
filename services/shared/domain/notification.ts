/** How bad something is, the least first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Why somebody is told. */
export const NOTIFICATION_KINDS = [
  /** Something is wrong, or more or other things than before. */
  'down',
  /** All of it is over. */
  'up',
  /** Somebody has taken it on. */
  'ack',
  /** Nobody has taken it on in time: the next level is told. */
  'escalation',
  /** It is still so. */
  'reminder',
  /** An alerter that had stored nothing yet has begun to work. */
  'startup',
  /** An operator tries the channel. */
  'test',
  /** What a day or week was like. */
  'digest',
] as const
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

/** One thing that is wrong, or was. */
export interface NotificationCause {
  /** Stable identity: `down/web/web1`, or the key of an alert such as `guard/web`. */
  readonly key: string
  readonly severity: Severity
  readonly message: string
  readonly service?: string
  readonly server?: string
  readonly zone?: string
  readonly director?: string
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Milliseconds since the epoch, of a cause that is over; the outage's length is the rest. */
  readonly endedAt?: number
}

/** What one channel is told once. Times are milliseconds since the epoch. */
export interface Notification {
  readonly cluster: string
  /**
   * Identity of this message in this channel, letters, digits, `-`, `_`, `.` and `/`: whoever has
   * seen it has been told. Receivers that drop what they know (PagerDuty, a Message-ID) get it.
   */
  readonly dedupKey: string
  /** One key for everything about an incident: PagerDuty's dedup_key, a thread of mail or chat. */
  readonly threadKey: string
  /** Absent where no incident is meant: start-up, test, digest. */
  readonly incident?: string
  readonly kind: NotificationKind
  /** Of the escalation, 1 first. */
  readonly level: number
  /** The worst of its causes. */
  readonly severity: Severity
  /** One line, without the cluster's name; no line breaks. */
  readonly subject: string
  /** Everything in plain words, lines of any length. */
  readonly text: string
  readonly causes: readonly NotificationCause[]
  /** When it was decided. */
  readonly at: number
  /** When the incident began. */
  readonly since: number
  /** When it was over: kind `up` only. The outage is `endedAt - since`. */
  readonly endedAt?: number
  /** The next reminder if nothing changes (mon's `-l`), in milliseconds. */
  readonly nextInMs?: number
  /** Who has taken the incident on. */
  readonly ack?: { readonly by: string; readonly reason: string; readonly at: number }
  /** Where to read on. */
  readonly links: readonly { readonly label: string; readonly href: string }[]
  /** What mon's alert scripts get as `-g`, `-s`, `-h` and MON_*. */
  readonly mon: MonFacts
}

/** A notification in mon's words (mon 1.3, "ALERT PROGRAMS" of mon(8)). */
export interface MonFacts {
  /** `-g`, MON_GROUP: the virtual service, else the cluster. */
  readonly group: string
  /** `-s`, MON_SERVICE: the kind of cause: `down`, `guard`, `silence`, … */
  readonly service: string
  /** `-h`: real servers that are meant. */
  readonly hosts: readonly string[]
  readonly firstFailureAt?: number
  readonly lastFailureAt?: number
  readonly lastSuccessAt?: number
}

/** A notification for one channel of the cluster file. */
export interface Order {
  readonly channel: string
  readonly notification: Notification
}

/** What could not be told, for people to see. */
export interface DeadLetter {
  readonly channel: string
  readonly dedupKey: string
  readonly incident?: string
  readonly subject: string
  readonly reason: string
  readonly attempts: number
  /** Milliseconds since the epoch: when it was given up. */
  readonly at: number
  /**
   * The alerter ended in the middle of an attempt, so that the receiver may have it; not tried
   * again, because nobody shall be told twice.
   */
  readonly isUncertain: boolean
}
